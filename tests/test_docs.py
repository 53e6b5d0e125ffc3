"""What a user can type or read is documented, and what is documented is there."""

from __future__ import annotations

import argparse
import re

import pytest
from pydantic import BaseModel

from mobilise import cli
from mobilise.build.steps import STEPS
from mobilise.recipe import models
from mobilise.tables import TABLES
from tests.conftest import ROOT

DOCS = ROOT / "docs"
SECTIONS = [
    model
    for model in vars(models).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.model_fields
]


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("model", SECTIONS, ids=lambda model: model.__name__)
def test_every_recipe_key_is_explained(model):
    keys = set(re.findall(r"`(\w+)`", read("recipe.md")))
    headings = set(re.findall(r"^## `\[+(\w+)\]+`", read("recipe.md"), re.MULTILINE))
    assert set(model.model_fields) <= keys | headings


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_and_column_is_explained(table):
    section = read("tables.md").split(f"## `{table.name}`")[1].split("\n## ")[0]
    for column in table.columns:
        assert f"| `{column.name}` | {column.kind} | {column.says} |" in section


def commands():
    parser = cli._parser()
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return actions[0].choices


def test_every_command_and_option_is_explained_and_no_other():
    text = read("command-line.md")
    documented = set(re.findall(r"^\| `mobilise (\w+)", text, re.MULTILINE))
    assert documented == set(commands())
    for name, parser in commands().items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `mobilise {name}"))
        for action in parser._actions:
            for option in action.option_strings:
                common = {"--help", "-h", "--debug"}
                served = (
                    {"--host", "--port", "--out", "--data"} if name in {"demo", "check"} else set()
                )
                assert option in common | served or option in row, (name, option)


def test_every_step_is_named():
    assert ", ".join(f"`{step.name}`" for step in STEPS) in read("command-line.md")


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
