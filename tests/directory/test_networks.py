"""Primary care networks: read as the NHS lists them, invented ones; bad lists are told."""

from __future__ import annotations

from datetime import date

import pytest

from mobilise.directory import network_of
from mobilise.directory.networks import COLUMNS
from mobilise.errors import BadValues, InputError, SourceBroken, SourceMissing

TODAY = date(2026, 6, 1)
HEAD = ",".join(COLUMNS)


def member(practice, code, name, began, ended=""):
    board = "ZZA,INVENTED BOARD"
    return (
        f'{practice},"THE ""{practice}"" SURGERY",{board},{code},"{name}",{board},{began},{ended},1'
    )


MEMBERS = [
    member("P81002", "U00001", "FEN, MERE AND RIVER PCN", "20190701"),
    member("P81001", "U00001", "FEN, MERE AND RIVER PCN", "20190701"),
    member("P81003", "U00001", "FEN, MERE AND RIVER PCN", "20190701", "20260531"),  # left
    member("P81003", "U00002", "EAST PCN", "20260601"),  # and is here from today
    member("P81004", "U00002", "EAST PCN", "20260602"),  # from tomorrow
    member("P81005", "U00003", "CLOSED PCN", "20190701", "20200101"),
    member("P81006", "U00004", "TWIN PCN", "20190701"),
    member("P81007", "U00005", "TWIN PCN", "20190701"),
]


def listed(folder, *rows):
    path = folder / "epcncorepartnerdetails.csv"
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("head", [[HEAD], []], ids=["with column names", "without"])
def test_practices_belong_on_the_day(tmp_path, head):
    path = listed(tmp_path, *head, *MEMBERS)
    found = network_of(path, "u00001", today=TODAY)
    assert (found.code, found.practices) == ("U00001", ("P81001", "P81002"))
    assert found.name == "FEN, MERE AND RIVER PCN"
    assert network_of(path, "East PCN", today=TODAY).practices == ("P81003",)
    assert network_of(path, "U00001", today=date(2026, 5, 31)).practices[-1] == "P81003"


@pytest.mark.parametrize("form", ["2019-07-01", "01/07/2019"])
def test_dates_of_other_exports(tmp_path, form):
    path = listed(tmp_path, HEAD, member("P1", "U1", "One", form))
    assert network_of(path, "U1", today=date(2019, 7, 1)).practices == ("P1",)
    with pytest.raises(InputError, match="no practice belongs to 'U1' on 2019-06-30"):
        network_of(path, "U1", today=date(2019, 6, 30))


@pytest.mark.parametrize(
    ("rows", "asked", "error", "told"),
    [
        (MEMBERS, "U00009", InputError, "no network 'U00009'; did you mean 'U0000"),
        (MEMBERS, "twin pcn", InputError, "say which: U00004, U00005"),
        (MEMBERS, "U00003", InputError, "no practice belongs to 'U00003' on 2026-06-01"),
        ([HEAD.replace("PCN Name", "Name")], "U1", SourceBroken, "no column 'PCN Name'"),
        (["a,b", "1,2"], "U1", SourceBroken, "row 1 has 2 columns"),
        ([HEAD, "P1,short"], "U1", SourceBroken, "row 2 has 2 columns"),
        ([HEAD, member("", "U1", "One", "")], "U1", BadValues, "row 2 has no code in 'Partner"),
        ([member("P1", "U1", "One", "July")], "U1", BadValues, "row 1, 'Practice to PCN.*'July'"),
        (['"unclosed'], "U1", SourceBroken, "is no CSV"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, rows, asked, error, told):
    with pytest.raises(error, match=told):
        network_of(listed(tmp_path, *rows), asked, today=TODAY)


def test_a_file_that_is_not_there_or_empty(tmp_path):
    with pytest.raises(SourceMissing, match="no such file"):
        network_of(tmp_path / "none.csv", "U1")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SourceBroken, match="is empty"):
        network_of(tmp_path / "empty.csv", "U1")
    with pytest.raises(SourceBroken, match="cannot be read"):
        network_of(tmp_path, "U1")  # a folder
