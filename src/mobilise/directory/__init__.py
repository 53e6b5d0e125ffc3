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
    from mobilise.directory.confirming import issue_link, use_link
    from mobilise.directory.corrections import confirm, correct, hide
    from mobilise.directory.duplicates import find_duplicates
    from mobilise.directory.fetching import Fetched, import_source
    from mobilise.directory.found import Found, Listing
    from mobilise.directory.fromplace import place_directory, sync_place
    from mobilise.directory.history import history_of
    from mobilise.directory.importing import Import, import_services
    from mobilise.directory.listing import listing_app
    from mobilise.directory.merging import keep_apart, merge, review_list, unmerge
    from mobilise.directory.networks import Network, network_of
    from mobilise.directory.practices import link_practice, unlink_practice
    from mobilise.directory.searching import match, search
    from mobilise.directory.store import Directory, open_directory
    from mobilise.directory.suggestions import decide, suggest, waiting

__all__ = [
    "Directory",
    "Fetched",
    "Found",
    "Import",
    "Listing",
    "Network",
    "confirm",
    "correct",
    "decide",
    "find_duplicates",
    "hide",
    "history_of",
    "hsds_app",
    "import_services",
    "import_source",
    "issue_link",
    "keep_apart",
    "link_practice",
    "listing_app",
    "match",
    "merge",
    "network_of",
    "open_directory",
    "place_directory",
    "review_list",
    "search",
    "suggest",
    "sync_place",
    "unlink_practice",
    "unmerge",
    "use_link",
    "waiting",
]

_HOMES = {
    "Directory": "store",
    "Fetched": "fetching",
    "Found": "found",
    "Import": "importing",
    "Listing": "found",
    "Network": "networks",
    "confirm": "corrections",
    "correct": "corrections",
    "decide": "suggestions",
    "find_duplicates": "duplicates",
    "hide": "corrections",
    "history_of": "history",
    "hsds_app": "api",
    "import_services": "importing",
    "import_source": "fetching",
    "issue_link": "confirming",
    "keep_apart": "merging",
    "link_practice": "practices",
    "listing_app": "listing",
    "match": "searching",
    "merge": "merging",
    "network_of": "networks",
    "open_directory": "store",
    "place_directory": "fromplace",
    "review_list": "merging",
    "search": "searching",
    "suggest": "suggestions",
    "sync_place": "fromplace",
    "unlink_practice": "practices",
    "unmerge": "merging",
    "use_link": "confirming",
    "waiting": "suggestions",
}


def __getattr__(name: str) -> Any:
    """Load the part of the room that `name` is in, the first time it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mobilise.directory' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mobilise.directory.{_HOMES[name]}"), name)
