"""The report's section on referrals: only where counts were released, and as they were."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import pandas as pd

from mobilise.disclosure.release import release
from mobilise.equity import equity_of
from mobilise.equity.people import people_in_need
from mobilise.report.sections.referral_equity import referral_sections
from mobilise.tables import empty, validate
from tests.wall.conftest import AREAS, around_areas, invented_rows


@cache
def section():
    let_out = release(
        invented_rows(2500), "2025 Q1", around_areas(), tables=["quintile", "near", "sex"]
    )
    fifths = [1 + n // 4 for n in range(len(AREAS))]
    areas = pd.DataFrame({"area_id": AREAS, "population": 1500.0, "deprivation_quintile": fifths})
    table = equity_of(let_out.counts, let_out.areas, people_in_need(areas, None, None))
    equity = validate("referral_equity", table)
    (found,) = referral_sections(SimpleNamespace(referral_equity=equity, facts={}))
    return found, equity


def test_no_section_without_released_counts():
    nothing = SimpleNamespace(referral_equity=empty("referral_equity"), facts={})
    assert list(referral_sections(nothing)) == []


def test_sentences_first_then_charts_with_tables():
    found, equity = section()
    kinds = [block.block for block in found.blocks]
    assert kinds == ["prose", "heading", "points", "pair", "table"]
    points = next(b for b in found.blocks if b.block == "points")
    slope = equity[(equity["statistic"] == "slope_index") & (equity["stage"] == "referred")]
    assert points.items[0].text == slope[slope["by"] == "quintile"]["sentence"].iloc[0]
    pair = next(b for b in found.blocks if b.block == "pair")
    first, near = pair.figures
    assert first.caption == "Referrals per 1,000 people, by deprivation, 2025 Q1"
    assert "where an asset is near" in near.caption
    assert len(first.table.rows) == 5
    rate = equity[
        (equity["by"] == "quintile") & (equity["level"] == "1") & (equity["stage"] == "referred")
        & (equity["statistic"] == "rate")
    ].iloc[0]  # fmt: skip
    assert f"{rate['value']:.1f}" in first.table.rows[0][3]


def test_what_was_kept_back_is_said_to_be():
    found, _ = section()
    table = next(b for b in found.blocks if b.block == "table")
    rows = {row[0]: row for row in table.rows}
    assert "kept back" in rows["Other"]
    assert "kept back" not in rows["Female"]


def test_shares_bear_what_they_are_of():
    found, equity = section()
    table = next(b for b in found.blocks if b.block == "table")
    assert [column.label for column in table.columns][:3] == ["Sex", "Offers", "Of all (%)"]
    offers = equity[(equity["by"] == "sex") & (equity["statistic"] == "share")]
    female = offers[offers["level"] == "female"].iloc[0]
    rows = {row[0]: row for row in table.rows}
    assert rows["Female"][1] == f"{female['count']:,}"
    assert rows["Female"][2].startswith(f"{female['value']:.1f}%")


def test_where_everybody_has_an_asset_near_it_is_told_once():
    _, equity = section()
    every = equity[equity["by"] == "quintile"]
    rest = equity[equity["by"] != "quintile, near"]
    same = pd.concat([rest, every.assign(by="quintile, near")])
    (found,) = referral_sections(SimpleNamespace(referral_equity=same, facts={}))
    assert [block.block for block in found.blocks] == [
        "prose", "heading", "points", "figure", "table",
    ]  # fmt: skip
    points = next(b for b in found.blocks if b.block == "points")
    assert sum("Everybody counted has an asset near" in one.text for one in points.items) == 1
