"""An attribute worked out when first asked for.

Owns only that. functools.cached_property does the same behind a lock until
Python 3.12, which is a tenth of the time it takes to read a mail.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["lazy"]

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801 - a decorator, named like property
    """Decorates a method of no arguments; its value then stands in the instance."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        value = instance.__dict__[self._name] = self._work(instance)
        return value
