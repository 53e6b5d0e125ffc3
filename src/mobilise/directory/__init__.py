"""Directory: a place's services, by the standard of UK councils, and the right one for a person.

The lines that most scripts need::

    from mobilise.directory import hsds_app, import_source, open_directory

    directory = open_directory("out/leeds")
    import_source(directory, "https://directory.example/api", folder=Path("out/leeds"))
    app = hsds_app(directory)        # an ASGI application: the HSDS-UK 3.0 API
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobilise.directory.api import hsds_app
    from mobilise.directory.fetching import Fetched, import_source
    from mobilise.directory.found import Found, Listing
    from mobilise.directory.fromplace import place_directory, sync_place
    from mobilise.directory.history import history_of
    from mobilise.directory.importing import Import, import_services
    from mobilise.directory.searching import match, search
    from mobilise.directory.store import Directory, open_directory

__all__ = [
    "Directory",
    "Fetched",
    "Found",
    "Import",
    "Listing",
    "history_of",
    "hsds_app",
    "import_services",
    "import_source",
    "match",
    "open_directory",
    "place_directory",
    "search",
    "sync_place",
]

_HOMES = {
    "Directory": "store",
    "Fetched": "fetching",
    "Found": "found",
    "Import": "importing",
    "Listing": "found",
    "history_of": "history",
    "hsds_app": "api",
    "import_services": "importing",
    "import_source": "fetching",
    "match": "searching",
    "open_directory": "store",
    "place_directory": "fromplace",
    "search": "searching",
    "sync_place": "fromplace",
}


def __getattr__(name: str) -> Any:
    """Load the part of the room that `name` is in, the first time it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mobilise.directory' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mobilise.directory.{_HOMES[name]}"), name)
