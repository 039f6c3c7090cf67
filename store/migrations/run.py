"""Running the migrations from inside the program, without an alembic.ini.

Owns the Alembic configuration. Must be called inside a transaction: on both
databases a migration is then applied whole or not at all.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

__all__ = ["configuration", "upgrade"]


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings for our folder of versions."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Apply what is missing up to revision."""
    command.upgrade(configuration(connection), revision)
