"""The hypothesis profile of "make fuzz": many more examples, for an hour that is free.

Loaded by name on pytest's command line, since no ordinary run needs it.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
