"""docs/gaps.md: its table gives its numbers, its example its sentence, and it names every function."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from mobilise import gaps

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "gaps.md").read_text(encoding="utf-8")
HAND = TEXT.split("## A table to follow by hand")[1].split("\n## ")[0]
ROWS = [
    [float(cell.split()[0]) for cell in line.strip("| ").split("|")]
    for line in HAND.splitlines()
    if re.match(r"\| \d", line)
]
FIFTH, PEOPLE, VALUES, LOWER, UPPER = zip(*ROWS, strict=True)
RANKED = {
    "deprivation": FIFTH,
    "deprivation_higher": "better",
    "population": PEOPLE,
    "higher": "better",
}
LIMITS = {"lower": LOWER, "upper": UPPER}


def bold(step: int) -> list[float]:
    """Return the numbers in bold of a step."""
    text = re.split(r"^\d\. ", HAND, flags=re.MULTILINE)[step]
    return [float(number) for number in re.findall(r"\*\*(\d[\d.]*)\*\*", text)]


def test_the_table_gives_the_numbers_of_each_step() -> None:
    slope = gaps.slope_index(VALUES, **RANKED, **LIMITS)
    ratio = gaps.relative_index(VALUES, **RANKED, **LIMITS)
    absolute, relative = (
        gaps.concentration_index(VALUES, **RANKED, index=kind) for kind in ("absolute", "relative")
    )
    groups = {"population": PEOPLE, "higher": "better"}
    variance = gaps.between_group_variance(VALUES, **groups)
    deviation = gaps.between_group_standard_deviation(VALUES, **groups)
    mean = gaps.quintile_means(VALUES, quintile=FIFTH, **groups)[0]
    most = slope.value / (ratio.value - 1)
    assert bold(2) == [pytest.approx(mean.value)]
    assert bold(4) == [round(slope.value, 2)]
    assert bold(5) == [round(most, 2), round(most + slope.value, 2), round(ratio.value, 3)]
    assert bold(6) == [round(slope.lower, 2), round(slope.upper, 2)]
    assert bold(7) == [round(absolute.value, 2), round(relative.value, 4)]
    assert bold(8) == [round(variance.value, 3), round(deviation.value, 3)]


def test_the_ranks_by_hand() -> None:
    ranks = gaps.mid_ranks(FIFTH, population=PEOPLE, higher="better")
    assert ", ".join(f"{rank:g}" for rank in ranks.round(10)) in HAND


def test_the_example_prints_its_sentence() -> None:
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    shown = re.search(r"```\n\n    (At the most.*)\n", TEXT)
    assert code is not None
    assert shown is not None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code.group(1), {})  # noqa: S102 - the page's own example
    assert out.getvalue().strip() == shown.group(1)


@pytest.mark.parametrize("name", [name for name in gaps.__all__ if name.islower()])
def test_every_function_is_named(name: str) -> None:
    assert f"`{name}`" in TEXT
