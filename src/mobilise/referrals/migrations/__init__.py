"""The tables' history: each change of their shape is a step that Alembic runs once."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_LOCK = 7_206_031  # any number: two processes that start at once upgrade one after the other


def upgrade(engine: Engine) -> bool:
    """Run the steps that the database has not had; return whether there were any."""
    if is_current(engine):
        return False
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _revision(connection) == _head():
            return False
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def is_current(engine: Engine) -> bool:
    """Return whether the database has had every step."""
    with engine.connect() as connection:
        return _revision(connection) == _head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(__package__)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
