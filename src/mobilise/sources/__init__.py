"""Read the files that a recipe names: tables, maps, OpenStreetMap extracts, postcodes.

Every reader here is pure: a file goes in, a table comes out, and nothing is remembered. What
cannot be read is one sentence (`SourceMissing`, `SourceBroken`, `MissingColumn`, `BadValues`);
what could be read only in part is counted in notes.
"""

from mobilise.sources.locate import locate
from mobilise.sources.numbers import numbers, texts
from mobilise.sources.osm import read_osm_features
from mobilise.sources.postcodes import PostcodeTable, normalise_postcode
from mobilise.sources.tables import columns_of, fingerprint, read_table, remarks

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
