"""Names: pairs that a person would call the same or not, and a second reckoning of likeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.assets.names import name_likeness, whole_name, words_of

LIBRARY = frozenset({"library", "libraries", "public", "branch", "community"})
SAME, UNLIKE = 0.95, 0.75


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Altrincham Library", "Altrincham Library (Trafford)"),
        ("ALTRINCHAM LIBRARY", "The Altrincham Library"),
        ("Hale", "Hale Library"),
        ("St John's Library", "Saint Johns Library"),
        ("Café Library", "Cafe Library"),
        ("Sale & Ashton Library", "Sale and Ashton Library"),
        ("Village, Chester Centre", "Village (Chester Centre)"),
    ],
)
def test_the_same_place_by_another_spelling_is_alike(one, other):
    assert name_likeness(one, other, LIBRARY) >= SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sale Library", "Hale Barns Library"),
        ("Stretford Library", "Urmston Library"),
        ("Shay Lane Medical Centre (Kelman)", "Davyhulme Medical Centre (Patel)"),
        ("1st Sale Scouts", "2nd Sale Scouts"),
    ],
)
def test_neighbours_are_not_alike(one, other):
    assert name_likeness(one, other, LIBRARY) < UNLIKE


def test_a_name_within_another_is_alike_but_not_the_same():
    likeness = name_likeness("Sale Library", "Sale Moor Library", LIBRARY)
    assert 0.8 <= likeness < 0.9


def test_brackets_tell_two_practices_in_one_building_apart():
    kelman, patel = "Shay Lane Medical Centre (Kelman)", "Shay Lane Medical Centre (Patel)"
    assert name_likeness(kelman, patel, frozenset({"medical", "centre"})) < 0.9
    assert whole_name(kelman) != whole_name(patel)


@pytest.mark.parametrize("nothing", [None, "", "Library", "The Public Library", "!?"])
def test_a_name_that_tells_nothing_is_no_likeness(nothing):
    assert name_likeness(nothing, "Altrincham Library", LIBRARY) is None


def test_two_places_both_called_the_library_are_called_the_same():
    assert name_likeness("Public Library", "public library", LIBRARY) == 1.0


def test_names_in_other_scripts_keep_their_words():
    assert words_of("Центральная библиотека") == ("библиотека", "центральная")


words = st.sampled_from(
    ["sale", "moor", "hale", "library", "St", "(Trafford)", "1st", "2nd", "Old", "Café", "of", "&"]
)
names = st.lists(words, max_size=5).map(" ".join)


@given(names, names)
def test_likeness_does_not_depend_on_the_side(one, other):
    likeness = name_likeness(one, other, LIBRARY)
    assert likeness == name_likeness(other, one, LIBRARY)
    assert likeness is None or 0 <= likeness <= 1


@given(names)
def test_a_name_is_like_itself_unless_it_has_no_words(name):
    likeness = name_likeness(name, name, LIBRARY)
    assert likeness == (1.0 if words_of(name) else None)


def _common(one: str, other: str) -> int:
    """Length of the longest common subsequence, by the textbook table."""
    row = [0] * (len(other) + 1)
    for a in one:
        last = row
        row = [0]
        for j, b in enumerate(other, 1):
            row.append(last[j - 1] + 1 if a == b else max(last[j], row[j - 1]))
    return row[-1]


def _share(one: str, other: str) -> float:
    return 2 * _common(one, other) / (len(one) + len(other))


plain = st.lists(st.sampled_from(["sale", "moor", "hale", "barns", "wood"]), min_size=1, max_size=3)


@given(plain, plain)
def test_likeness_is_the_weighted_common_subsequence(one, other):
    """Telling words weigh 0.65, whole names 0.35; a name within the other is at least 0.8."""
    a, b = sorted(one), sorted(other)
    core = _share(" ".join(a), " ".join(b))
    whole = _share(" ".join(sorted([*a, "library"])), " ".join(sorted([*b, "library"])))
    expected = 0.65 * core + 0.35 * whole
    if a == b:
        expected = 1.0
    elif set(a) <= set(b) or set(b) <= set(a):
        expected = max(expected, 0.8)
    found = name_likeness(" ".join([*one, "Library"]), " ".join([*other, "Library"]), LIBRARY)
    assert found == pytest.approx(expected, abs=1e-12)
