"""Read the files that a recipe names: tables, maps, OpenStreetMap extracts, postcodes.

Every reader here is pure: a file goes in, a table comes out, and nothing is remembered. What
cannot be read is one sentence (`SourceMissing`, `SourceBroken`, `MissingColumn`, `BadValues`);
what could be read only in part is counted in notes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobilise.sources.fingerprints import fingerprint
    from mobilise.sources.osm import read_osm_features
    from mobilise.sources.placing import locate
    from mobilise.sources.postcodes import PostcodeTable, normalise_postcode
    from mobilise.sources.tables import columns_of, read_table, remarks
    from mobilise.sources.values import numbers, texts

__all__ = [
    "PostcodeTable",
    "columns_of",
    "fingerprint",
    "locate",
    "normalise_postcode",
    "numbers",
    "read_osm_features",
    "read_table",
    "remarks",
    "texts",
]

_HOMES = {
    "PostcodeTable": "postcodes",
    "columns_of": "tables",
    "fingerprint": "fingerprints",
    "locate": "placing",
    "normalise_postcode": "postcodes",
    "numbers": "values",
    "read_osm_features": "osm",
    "read_table": "tables",
    "remarks": "tables",
    "texts": "values",
}


def __getattr__(name: str) -> Any:
    """Import a reader when it is asked for: a build that has nothing to read stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mobilise.sources' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mobilise.sources.{_HOMES[name]}"), name)
