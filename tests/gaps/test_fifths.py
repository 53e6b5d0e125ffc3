from __future__ import annotations

import numpy as np
import pytest

from mobilise import gaps
from mobilise.errors import InputError

WALK = {"of": "the walk to the nearest library", "unit": "minutes", "higher": "worse"}


def test_means_by_hand() -> None:
    rows = gaps.quintile_means(
        [5.0, 15.0, 12.0, np.nan], population=[100, 300, 200, 200], quintile=[1, 1, 5, 5], **WALK
    )
    assert [row.level for row in rows] == [None, 1, 2, 3, 4, 5]
    # (5 x 100 + 15 x 300) / 400 = 12.5; all: (500 + 4,500 + 2,400) / 600 = 12.33
    assert rows[1].value == pytest.approx(12.5)
    assert rows[0].value == pytest.approx(7400 / 600)
    assert rows[5].value == pytest.approx(12.0)
    assert rows[5].n == 1
    assert "over the 50% of people who have a value" in rows[5].method
    assert rows[5].sentence.endswith("for the 50% of people who have a value.")
    assert rows[1].se is rows[1].lower is None


def test_an_empty_fifth_keeps_its_row_and_says_why() -> None:
    rows = gaps.quintile_means([5.0, np.nan], population=[10, 10], quintile=[1, 2], **WALK)
    assert rows[2].value is None
    assert rows[2].n == 0
    assert "no area there has a value" in rows[2].method
    assert "nobody lives there" in rows[3].method
    assert "nobody lives there" in rows[3].sentence


def test_the_interval_of_estimates_is_that_of_their_weighted_sum() -> None:
    given = {"population": [1, 3], "quintile": [1, 1], "of": "x", "higher": "better"}
    row = gaps.quintile_means([10.0, 20.0], lower=[8, 19], upper=[12, 21], **given)[1]
    # Errors 2 / 1.96 and 1 / 1.96, weights 1/4 and 3/4.
    half = np.hypot(0.25 * 2, 0.75 * 1)
    assert (row.lower, row.upper) == pytest.approx((17.5 - half, 17.5 + half))
    assert row.confidence == 0.95


def test_shares_by_hand() -> None:
    rows = gaps.quintile_shares(
        [True, False, True, None], population=[100, 300, 50, 9], quintile=[1, 1, 5, 5],
        who="have a library within 15 minutes",
    )  # fmt: skip
    assert rows[1].value == pytest.approx(25.0)
    assert (
        rows[1].sentence
        == "In the most deprived fifth 25% of people have a library within 15 minutes."
    )
    assert rows[5].value == 100.0
    assert "1 areas where it is not known left out" in rows[5].method
    assert rows[0].value == pytest.approx(100 * 150 / 450)
    assert rows[2].value is None


def test_nearly_all_is_not_said_to_be_all() -> None:
    rows = gaps.quintile_shares(
        [True, False], population=[9_999, 1], quintile=[1, 1], who="have a park", higher="better"
    )
    assert "more than 99% of people" in rows[1].sentence


def test_the_difference_says_both_means_the_right_way_round() -> None:
    gap = gaps.quintile_difference([9.4, 14.0], population=[10, 10], quintile=[1, 5], **WALK)
    assert gap.value == pytest.approx(4.6)
    assert gap.sentence == (
        "In the most deprived fifth the walk to the nearest library is 9.4 minutes on average, in "
        "the least deprived 14.0 minutes: better for the most deprived."
    )
    assert gap.disadvantage == pytest.approx(-4.6)
    none = gaps.quintile_difference([9.4, 14.0], population=[10, 10], quintile=[1, 4], **WALK)
    assert none.value is None
    assert "has no value" in none.sentence


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"quintile": [0, 1]}, "'quintile' is 0 in row 1"),
        ({"quintile": [1, 2.5]}, r"'quintile' is 2\.5 in row 2"),
        ({"quintile": [1]}, "'quintile' has 1 values for 2 rows"),
        ({"population": [1, None]}, "'population' is nan in row 2"),
    ],
)
def test_bad_input(more: dict, says: str) -> None:
    given = {"population": [1, 1], "quintile": [1, 2], **more}
    with pytest.raises(InputError, match=says):
        gaps.quintile_means([1.0, 2.0], **given, **WALK)


def test_a_share_needs_true_or_false() -> None:
    with pytest.raises(InputError, match=r"'has' is 0\.5"):
        gaps.quintile_shares([0.5], population=[1], quintile=[1], who="have a park")
