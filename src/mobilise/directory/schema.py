"""The tables of a directory's store: the same on SQLite and on PostgreSQL.

``services`` is narrow, so that filters scan little; whole documents lie beside it, rendered
once when they change. ``seq`` only grows: lists go by it, so that what is added comes last.
"""

from __future__ import annotations

import sqlalchemy as sa

TABLES = sa.MetaData()
_Text, _Int, _Float = sa.Text, sa.Integer, sa.Float

meta = sa.Table(
    "meta", TABLES, sa.Column("key", _Text, primary_key=True), sa.Column("value", _Text)
)

sources = sa.Table(
    "sources",
    TABLES,
    sa.Column("source", _Text, primary_key=True),
    sa.Column("imported", _Text, nullable=False),
    sa.Column("counts", _Text, nullable=False),
)

services = sa.Table(
    "services",
    TABLES,
    sa.Column("seq", _Int, primary_key=True, autoincrement=True),
    sa.Column("id", _Text, nullable=False, unique=True),
    sa.Column("source", _Text, nullable=False),
    sa.Column("source_id", _Text),
    sa.Column("organization_id", _Text, index=True),
    sa.Column("name", _Text, nullable=False),
    sa.Column("status", _Text, nullable=False),
    sa.Column("listed", _Int, nullable=False),
    sa.Column("gone", _Text),
    sa.Column("changed", _Text, nullable=False, index=True),
    sa.Column("minimum_age", _Float),
    sa.Column("maximum_age", _Float),
    sa.Column("kind", _Text, index=True),
    sa.Column("cost", _Float),
    sa.Column("step_free", _Int),
    sa.Column("remote", _Int, nullable=False),
    sa.Column("placed", _Int, nullable=False),
    sa.Column("capacity", _Text),
    sa.Column("referrals", _Text),
    sa.Column("assured", _Text),
    sa.Column("assured_day", _Int, index=True),  # days since 1970
    sa.Column("assurer", _Text),
    sa.Column("confidential", _Int, nullable=False),
    sa.Column("hidden", _Int, nullable=False),  # by somebody here
    sa.Column("asset_id", _Text, index=True),
    sa.Column("merged_into", _Text, index=True),
    sqlite_autoincrement=True,
)

documents = sa.Table(
    "documents",
    TABLES,
    sa.Column("seq", _Int, primary_key=True, autoincrement=False),
    sa.Column("base", _Text, nullable=False),
    sa.Column("digest", _Text, nullable=False),
    sa.Column("corrections", _Text, nullable=False),
    sa.Column("brief", _Text, nullable=False),
    sa.Column("full", _Text, nullable=False),
    sa.Column("extra", _Text, nullable=False),
)

organizations = sa.Table(
    "organizations",
    TABLES,
    sa.Column("seq", _Int, primary_key=True, autoincrement=True),
    sa.Column("id", _Text, nullable=False, unique=True),
    sa.Column("name", _Text, nullable=False),
    sa.Column("brief", _Text, nullable=False),
    sa.Column("full", _Text, nullable=False),
    sqlite_autoincrement=True,
)

sites = sa.Table(
    "sites",  # a service at a location
    TABLES,
    sa.Column("seq", _Int, primary_key=True, autoincrement=True),
    sa.Column("id", _Text, nullable=False, unique=True),
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("location_id", _Text),
    sa.Column("postcode", _Text),
    sa.Column("latitude", _Float),
    sa.Column("longitude", _Float),
    sa.Column("step_free", _Int),
    sa.Column("brief", _Text, nullable=False),
    sa.Column("full", _Text, nullable=False),
    sa.Index("sites_where", "latitude", "longitude", "service_seq"),
    sqlite_autoincrement=True,
)

points = sa.Table(
    "points",  # where a service is reached: its sites, or the entrances of a park
    TABLES,
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("nth", _Int, nullable=False),
    sa.Column("latitude", _Float, nullable=False),
    sa.Column("longitude", _Float, nullable=False),
    sa.Index("points_where", "latitude", "longitude", "service_seq"),
)

slots = sa.Table(
    "slots",  # when a service is open: minutes from midnight, days from Monday = 0
    TABLES,
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("day", _Int, nullable=False),
    sa.Column("opens", _Int, nullable=False),
    sa.Column("closes", _Int, nullable=False),
    sa.Index("slots_when", "day", "opens", "closes", "service_seq"),
)

service_terms = sa.Table(
    "service_terms",
    TABLES,
    sa.Column("term_id", _Text, nullable=False),
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("taxonomy_id", _Text, nullable=False),
    sa.Index("terms_by_term", "term_id", "service_seq"),
    sa.Index("terms_by_taxonomy", "taxonomy_id", "service_seq"),
)

service_languages = sa.Table(
    "service_languages",
    TABLES,
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("language", _Text, nullable=False),
)

service_needs = sa.Table(
    "service_needs",
    TABLES,
    sa.Column("need", _Text, nullable=False),
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("strength", _Float, nullable=False),
    sa.Column("why", _Text, nullable=False),
    sa.Index("needs_by_need", "need", "service_seq", "strength"),
)

service_areas = sa.Table(
    "service_areas",  # where a service works, as GeoJSON
    TABLES,
    sa.Column("service_seq", _Int, nullable=False, index=True),
    sa.Column("extent", _Text, nullable=False),
)

taxonomies = sa.Table(
    "taxonomies",
    TABLES,
    sa.Column("seq", _Int, primary_key=True, autoincrement=True),
    sa.Column("id", _Text, nullable=False, unique=True),
    sa.Column("name", _Text, nullable=False),
    sa.Column("brief", _Text, nullable=False),
    sqlite_autoincrement=True,
)

terms = sa.Table(
    "terms",
    TABLES,
    sa.Column("seq", _Int, primary_key=True, autoincrement=True),
    sa.Column("id", _Text, nullable=False, unique=True),
    sa.Column("taxonomy_id", _Text, nullable=False, index=True),
    sa.Column("parent_id", _Text, index=True),
    sa.Column("name", _Text, nullable=False),
    sa.Column("brief", _Text, nullable=False),
    sqlite_autoincrement=True,
)

postcodes = sa.Table(
    "postcodes",
    TABLES,
    sa.Column("postcode", _Text, primary_key=True),  # in capitals, no space
    sa.Column("latitude", _Float, nullable=False),
    sa.Column("longitude", _Float, nullable=False),
)

history = sa.Table(
    "history",
    TABLES,
    sa.Column("n", _Int, primary_key=True, autoincrement=True),
    sa.Column("service_id", _Text, nullable=False, index=True),
    sa.Column("at", _Text, nullable=False),
    sa.Column("by", _Text, nullable=False),
    sa.Column("action", _Text, nullable=False),
    sa.Column("change", _Text, nullable=False),
    sqlite_autoincrement=True,
)

suggestions = sa.Table(
    "suggestions",
    TABLES,
    sa.Column("n", _Int, primary_key=True, autoincrement=True),
    sa.Column("service_id", _Text, index=True),
    sa.Column("at", _Text, nullable=False),
    sa.Column("change", _Text, nullable=False),
    sa.Column("note", _Text, nullable=False),
    sa.Column("state", _Text, nullable=False, index=True),
    sa.Column("decided", _Text),
    sa.Column("by", _Text),
    sqlite_autoincrement=True,
)

tokens = sa.Table(
    "tokens",  # single-use links: only their digests are kept
    TABLES,
    sa.Column("digest", _Text, primary_key=True),
    sa.Column("service_id", _Text, nullable=False),
    sa.Column("issued", _Text, nullable=False),
    sa.Column("expires", _Text, nullable=False),
    sa.Column("used", _Text),
)

pairs = sa.Table(
    "pairs",  # records that may be one service
    TABLES,
    sa.Column("n", _Int, primary_key=True, autoincrement=True),
    sa.Column("kept", _Text, nullable=False),
    sa.Column("other", _Text, nullable=False),
    sa.Column("score", _Float, nullable=False),
    sa.Column("why", _Text, nullable=False),
    sa.Column("state", _Text, nullable=False),  # to review, merged, apart
    sa.Column("decided", _Text),
    sa.Column("by", _Text),
    sa.UniqueConstraint("kept", "other"),
    sqlite_autoincrement=True,
)

links = sa.Table(
    "links",  # organisations that already work together
    TABLES,
    sa.Column("practice", _Text, nullable=False),
    sa.Column("service_id", _Text, nullable=False),
    sa.Column("since", _Text),
    sa.Column("note", _Text),
    sa.PrimaryKeyConstraint("practice", "service_id"),
)
