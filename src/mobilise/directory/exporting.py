"""A directory as files: HSDS-UK 3.0 as JSON, and as a table of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.answers import as_csv
from mobilise.place import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.directory.store import Directory


def write_hsds(directory: Directory, folder: Path) -> list[Path]:
    """Write all listed services: nested as JSON (``services.json``), and brief as CSV.

    Addresses that are confidential are in neither. Another directory imports the JSON as it is.

    Parameters
    ----------
    directory
        An open directory.
    folder
        Where to.

    Returns
    -------
    list of Path
        The two files.
    """
    s, d = schema.services.c, schema.documents.c
    query = (
        sa.select(d.full, d.brief)
        .join(schema.services, s.seq == d.seq)
        .where(s.listed == 1)
        .order_by(s.id)
    )
    with directory.reading() as connection:
        rows = connection.execute(query).all()
    nested, table = folder / "services.json", folder / "services.csv"
    with replacing(nested) as beside:
        beside.write_text(f"[{','.join(row.full for row in rows)}]\n", encoding="utf-8")
    with replacing(table) as beside:
        beside.write_text(as_csv([row.brief for row in rows]), encoding="utf-8")
    return [nested, table]
