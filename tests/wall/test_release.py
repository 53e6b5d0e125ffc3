"""What leaves: what is on the list, protected, and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.disclosure.allowed import allowed, read_allowed
from mobilise.disclosure.means import protected_means, showable
from mobilise.disclosure.release import release
from mobilise.disclosure.rule import Rule
from mobilise.errors import InputError
from tests.wall.conftest import invented_rows

FEW = ["sex", "quintile"]
COUNT = ["count", "lower", "upper"]


def as_text(made):
    return made.counts.to_csv() + made.means.to_csv() + str(made.figures)


def test_nothing_leaves_that_is_not_listed(rows, around):
    marked = rows.assign(name="MARKED-NAME", postcode="MARKED-POSTCODE", area="MARKED-AREA")
    marked["person"] = "MARKED-" + marked["person"].astype(str)
    made = release(marked, "2025", around, tables=FEW)
    assert "MARKED" not in as_text(made)
    assert len(made.counts)


def test_a_value_that_is_not_listed_is_refused_and_not_told(rows, around):
    rows.loc[3, "sex"] = "MARKED-VALUE"
    with pytest.raises(InputError, match="1 rows: 'sex' holds something") as caught:
        release(rows, "2025", around, tables=FEW)
    assert "MARKED" not in str(caught.value)


def test_only_listed_tables_and_only_stricter_rules(rows, around):
    with pytest.raises(InputError, match="No table 'sexx' may leave; did you mean 'sex'"):
        release(rows, "2025", around, tables=["sexx"])
    for weak in (Rule(least=5), Rule(base=3), Rule(base=7), Rule(mean_least=3)):
        with pytest.raises(InputError, match="weaker than the list's"):
            release(rows, "2025", around, tables=FEW, rule=weak)
    strict = release(rows, "2025", around, tables=FEW, rule=Rule(10, 10, 12, zeros=False))
    known = strict.counts[strict.counts["told"] != "kept back"]
    assert set(known["count"] % 10) == {0}
    assert not (known["count"] == 0).any()


def test_figures_are_rounded_truth(rows, around):
    made = release(rows, "2025", around, tables=FEW)
    counts = made.counts
    women = counts[(counts["sex"] == "female") & counts["quintile"].isna()].set_index("stage")
    true = int((rows["sex"] == "female").sum())
    assert abs(women.loc["offered", "count"] - true) <= 2
    done = int(((rows["sex"] == "female") & (rows["progress"] == "completed, completed")).sum())
    assert women.loc["completed", "lower"] <= done <= women.loc["completed", "upper"]
    assert counts.loc[counts["told"] == "kept back", COUNT].isna().all().all()


def test_the_same_rows_in_any_order_give_the_same_release(rows, around):
    one = release(rows, "2025", around, tables=FEW)
    other = release(rows.sample(frac=1, random_state=2), "2025", around, tables=FEW)
    assert as_text(one) == as_text(other)


def test_what_was_released_stays_as_it_was(rows, around):
    first = release(rows, "2025", around, tables=["sex"])
    again = release(rows, "2025", around, tables=["quintile", "sex"], earlier=first.figures)
    assert all(again.figures[cell] == first.figures[cell] for cell in first.figures)


def test_the_list_is_checked():
    text = '[rule]\n[fields.progress]\nlevels = ["referred, open"]\n[tables.x]\nby = ["name"]\n'
    with pytest.raises(InputError, match="'name' is no field"):
        read_allowed(text + 'shows = "stage"\n[means]\nby = []\n[scores]\n')
    assert "postcode" not in allowed().fields


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7), st.integers(3, 15))
def test_no_mean_of_few_people_can_be_had_by_subtraction(parts, least):
    people = {str(n): size for n, size in enumerate(parts)}
    shown = showable(people, Rule(mean_least=least))
    rest = sum(size for part, size in people.items() if part not in shown)
    assert all(people[part] >= least for part in shown)
    assert not shown or rest == 0 or rest >= least
    stricter = showable(people, Rule(mean_least=least + 4))
    assert set(stricter) <= set(shown)  # so that two releases tell no more than the first


def test_means_are_of_people_not_of_rows(rows):
    few = pd.DataFrame({"person": [1, 1, 2, 2] * 5})
    values = pd.Series([1.0, 2.0, 3.0, 4.0] * 5)
    assert protected_means(values, few, None, Rule(), "person")[""].value is None
    many = few.assign(person=range(20))
    told = protected_means(values, many, None, Rule(), "person")[""]
    assert (told.value, told.people) == (2.5, 20)
    assert told.lower < 2.5 < told.upper


def test_changes_beyond_a_score_s_range_are_refused(around):
    rows = invented_rows(60)
    rows["change: ons4_life_satisfaction"] = 11.0
    with pytest.raises(InputError, match="beyond its range of 10"):
        release(rows, "2025", around, tables=["sex"])
