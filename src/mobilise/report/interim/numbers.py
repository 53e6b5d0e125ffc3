"""What analyses say first, for the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mobilise.report.sections.learned import findings

if TYPE_CHECKING:
    from mobilise.report.interim.material import Material


def headlines(material: Material) -> dict[str, str]:
    """Return the first sentence of each analysis, by its name."""
    path = material.evidence.folder / "estimates.parquet"
    if not path.is_file():
        return {}
    said = {
        str(name): findings(rows)
        for name, rows in pd.read_parquet(path).sort_values("order").groupby("analysis", sort=True)
    }
    return {name: sentences[0] for name, sentences in said.items() if sentences}
