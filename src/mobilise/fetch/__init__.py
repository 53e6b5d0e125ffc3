"""Fetch: publishers' files and services, brought whole into a cache that all places share.

One request at a time, named by a user agent, with patience where a server is busy; what was
interrupted goes on where it stopped; nothing half-written is ever taken for whole.
"""

from __future__ import annotations

from mobilise.fetch.downloads import Asked, Fetched, download
from mobilise.fetch.features import feature_layer, layer_fields
from mobilise.fetch.listings import (
    geofabrik_extract,
    linked_file,
    os_download,
    os_offer,
    page_links,
)
from mobilise.fetch.overpass import overpass_extract
from mobilise.fetch.store import Store, default_folder
from mobilise.fetch.web import Patience, Web

__all__ = [
    "Asked",
    "Fetched",
    "Patience",
    "Store",
    "Web",
    "default_folder",
    "download",
    "feature_layer",
    "geofabrik_extract",
    "layer_fields",
    "linked_file",
    "os_download",
    "os_offer",
    "overpass_extract",
    "page_links",
]
