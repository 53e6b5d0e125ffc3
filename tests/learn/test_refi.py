"""REFI-QDA: what comes in goes out and comes in again, to the character."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from mobilise.errors import SourceBroken
from mobilise.learn.coding import (
    add_document,
    mark,
    read_exchanged_codebook,
    read_project,
    shipped_codebook,
    write_exchanged_codebook,
    write_project,
)
from mobilise.learn.coding.offsets import LINES, POINTS, UNITS, reading, to_points
from mobilise.learn.coding.refi_read import TABLES
from tests.learn.exchanged import FILES, FULL, REPORT, TEXT, G, write_by_hand

PYREFI = "pyrefiqda"


def test_all_five_types_come_in(evidence, tmp_path):
    notes = read_project(evidence, write_by_hand(tmp_path / "hand.qdpx"))
    documents = evidence.table("documents").set_index("document_id")
    alone = documents[documents["part_of"].isna()]
    assert sorted(alone["kind"]) == ["audio", "pdf", "picture", "text", "video"]
    assert evidence.text(G(30)) == TEXT
    assert evidence.text(G(53)) == REPORT  # the byte order mark is no character
    extracts = evidence.table("extracts").set_index("extract_id")
    assert extracts.loc[G(31), "text"] == "nobody had the keys"
    assert extracts.loc[G(54), "text"] == REPORT[FULL[0] : FULL[1]] == "the café was full 🎉"
    assert extracts.loc[G(66), ["start", "end"]].tolist() == [1500, 4200]
    assert extracts.loc[G(42), ["x1", "y1", "x2", "y2"]].tolist() == [3, 4, 30, 40]
    assert documents.loc[G(70), "external"] == "absolute:///films/walk.mp4"
    assert documents.loc[G(30), "memo"] == "A diary\r\nin two lines"
    memos = evidence.table("memos")
    assert set(memos.loc[memos["memo_id"] == G(90), "of"]) == {"code", "coding"}
    assert notes == []


def test_round_trip_changes_nothing(evidence, other, tmp_path):
    read_project(evidence, write_by_hand(tmp_path / "hand.qdpx"))
    write_project(evidence, tmp_path / "out.qdpx", name="By hand")
    assert read_project(other, tmp_path / "out.qdpx") == []
    for name in TABLES:
        assert_frame_equal(evidence.table(name), other.table(name), obj=name)
    write_project(other, tmp_path / "again.qdpx", name="By hand")
    assert (tmp_path / "out.qdpx").read_bytes() == (tmp_path / "again.qdpx").read_bytes()


def test_a_validator_that_we_did_not_write_opens_what_we_write(evidence, tmp_path):
    pyrefiqda = pytest.importorskip(PYREFI)
    read_project(evidence, write_by_hand(tmp_path / "hand.qdpx"))
    write_project(evidence, tmp_path / "out.qdpx")
    project = pyrefiqda.RefiProject.load(tmp_path / "out.qdpx", str(tmp_path / "unpacked"))
    sources = project.sources
    assert [len(getattr(sources, f"{kind}_source")) for kind in ("text", "picture", "audio", "video")] == [1, 1, 1, 1]  # fmt: skip
    source = sources.text_source[0]
    path = pyrefiqda.RefiProject.resolve_source_path(source.plain_text_path, tmp_path / "unpacked")
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    selection = source.plain_text_selection[0]
    assert text[selection.start_position : selection.end_position] == "nobody had the keys"
    assert selection.coding[0].code_ref.target_guid == G(11)
    assert [code.name for code in project.code_book.codes.code[0].code] == ["Keys 🗝", "Fear"]


def test_our_own_ids_come_back(evidence, tmp_path):
    evidence.merge({"codes": shipped_codebook("themes")})
    (tmp_path / "note.txt").write_text("The bus stopped at six.")
    document = add_document(evidence, tmp_path / "note.txt", project_id="P1")
    mark(evidence, document, 0, 7, codes=["access.transport"], coder="A")
    before = {name: evidence.table(name) for name in ("documents", "extracts", "codes", "codings")}
    write_project(evidence, tmp_path / "out.qdpx")
    read_project(evidence, tmp_path / "out.qdpx")
    for name, frame in before.items():  # sorts of codes and projects have no place in the format
        again = evidence.table(name)
        assert_frame_equal(frame.drop(columns=["file", "sha256"], errors="ignore"), again.drop(columns=["file", "sha256"], errors="ignore"), obj=name)  # fmt: skip


def test_codebooks_go_out_and_in(evidence, tmp_path):
    codes = shipped_codebook("themes")
    write_exchanged_codebook(codes, tmp_path / "book.qdc")
    again = read_exchanged_codebook(tmp_path / "book.qdc")
    assert sorted(again["name"]) == sorted(codes["name"])
    assert again["parent_id"].notna().sum() == codes["parent_id"].notna().sum()
    book = pytest.importorskip(PYREFI).RefiCodebook.load(tmp_path / "book.qdc")
    assert len(book.codes.code) == 8
    assert sum(len(code.code) for code in book.codes.code) == len(codes) - 8


@pytest.mark.parametrize("counted", [POINTS, UNITS, LINES])
def test_what_other_programs_count_is_found_out(evidence, tmp_path, counted):
    start, end = TEXT.index("Llŷr"), len(TEXT)
    positions = {
        POINTS: (start, end),
        UNITS: tuple(len(TEXT[:at].encode("utf-16-le")) // 2 for at in (start, end)),
        LINES: tuple(len(TEXT[:at].replace("\r\n", "\n")) for at in (start, end)),
    }[counted]
    project = FILES["project.qde"]
    found = project.index(f'<PlainTextSelection guid="{G(31)}"')
    whole = project[found : project.index(">", found) + 1]
    changed = f'<PlainTextSelection guid="{G(31)}" name="Llŷr came any…" startPosition="{positions[0]}" endPosition="{positions[1]}">'
    files = {**FILES, "project.qde": project.replace(whole, changed)}
    notes = read_project(evidence, write_by_hand(tmp_path / "hand.qdpx", files))
    extracts = evidence.table("extracts").set_index("extract_id")
    assert extracts.loc[G(31), "text"] == "Llŷr came anyway."
    assert [note.count for note in notes] == ([] if counted == POINTS else [1])


def test_a_span_outside_its_text_is_told_and_left_out(evidence, tmp_path):
    project = FILES["project.qde"].replace(f'endPosition="{FULL[1]}"', 'endPosition="9999"')
    path = write_by_hand(tmp_path / "hand.qdpx", {**FILES, "project.qde": project})
    notes = read_project(evidence, path)
    assert G(54) not in set(evidence.table("extracts")["extract_id"])
    assert G(55) not in set(evidence.table("codings")["coding_id"])
    assert [(note.says, note.warning) for note in notes] == [
        (
            f"'Report's text': spans that lie outside the text, left out with their codings: 1 ({G(54)}).",
            True,
        )
    ]


def test_what_has_no_place_here_is_counted(evidence, tmp_path):
    empty = f'<Coding guid="{G(97)}"/><NoteRef targetGUID="{G(91)}"/>'
    marked = f'<Note guid="{G(98)}" richTextPath="internal://x.docx"><Coding guid="{G(99)}"/></Note></Notes>'
    project = FILES["project.qde"].replace(f'<NoteRef targetGUID="{G(91)}"/>', empty)
    project = project.replace("</Notes>", marked).replace("<Links>", "<Odd><Thing/></Odd><Links>")
    path = write_by_hand(tmp_path / "hand.qdpx", {**FILES, "project.qde": project})
    assert [note.says for note in read_project(evidence, path)] == [
        (
            "hand.qdpx: what has no place here, left out: 4 (Thing of Odd 1, codings without a code 1, "
            "notes that come as rich text alone 1, passages and codes of notes 1)."
        )
    ]


@given(st.text(max_size=60), st.data())
def test_units_and_points_agree_with_python_s_own_encoder(text, data):
    at = data.draw(st.integers(0, len(text)))
    units = len(text[:at].encode("utf-16-le", "surrogatepass")) // 2
    assert to_points(text, [units], UNITS).tolist() == [at]


@given(st.text(alphabet="ab🎈é\r\n ", min_size=1, max_size=40), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_standard_way_is_believed_where_it_fits(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert reading(text, [(start, end, text[start:end])]) == POINTS


BOMB = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><Project xmlns="urn:QDA-XML:project:1.0">&b;</Project>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><Project xmlns="urn:QDA-XML:project:1.0">&a;</Project>'


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"project.qde": BOMB}, "entities"),
        ({"project.qde": OUTSIDE}, "entities"),
        ({**FILES, "../outside.txt": "x"}, "leads out"),
        ({**FILES, "/etc/outside.txt": "x"}, "leads out"),
        ({**FILES, "sources/..\\..\\x.txt": "x"}, "leads out"),
        ({**FILES, "C:/x.txt": "x"}, "leads out"),
        ({**FILES, "sources/bomb.txt": b"\0" * 30_000_000}, "would unpack"),
        ({"project.qde": "<Project"}, "well-formed"),
        (
            {**FILES, "project.qde": FILES["project.qde"].replace('begin="1500"', 'begin="1.5"')},
            r"bad.qdpx: project.qde: AudioSelection .* its begin is '1.5'",
        ),
        ({"project.qde": "<Other/>"}, "Project"),
        ({"readme.txt": "x"}, "no REFI-QDA project"),
        ({**FILES, "sources/diary of Zoë.txt": b"\xff\xfa\x00"}, "UTF-8"),
    ],
)
def test_malicious_and_broken_projects_are_refused(evidence, tmp_path, files, says):
    path = write_by_hand(tmp_path / "bad.qdpx", files)
    with pytest.raises(SourceBroken, match=says):
        read_project(evidence, path)
    assert len(evidence.table("documents")) == 0
    outside = [p for p in tmp_path.rglob("*") if p.name in {"outside.txt", "x.txt"}]
    assert outside == []


def test_links_in_the_archive_are_refused(evidence, tmp_path):
    path = write_by_hand(tmp_path / "bad.qdpx")
    with zipfile.ZipFile(path, "a") as archive:
        member = zipfile.ZipInfo("sources/link")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(SourceBroken, match="leads out"):
        read_project(evidence, path)


def test_a_truncated_archive_is_refused(evidence, tmp_path):
    path = write_by_hand(tmp_path / "bad.qdpx")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceBroken, match="no whole zip"):
        read_project(evidence, path)


def test_two_things_with_one_guid_are_refused_by_name(evidence, tmp_path):
    project = FILES["project.qde"].replace(G(66), G(71))
    path = write_by_hand(tmp_path / "hand.qdpx", {**FILES, "project.qde": project})
    with pytest.raises(SourceBroken, match=f"hand.qdpx: it has two extracts with the GUID {G(71)}"):
        read_project(evidence, path)
    assert len(evidence.table("documents")) == 0
