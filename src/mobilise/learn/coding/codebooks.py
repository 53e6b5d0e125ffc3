"""Codebooks as data: TOML to read and edit, and the two that come with mobilise."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError, SourceBroken, SourceMissing, suggestion
from mobilise.learn.plain import records
from mobilise.place import replacing
from mobilise.tables import validate

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = ("themes", "cfir2022")
SORTS = ("barrier", "enabler", "theme")
_KEYS = ("name", "says", "sort", "domain", "keywords", "codable", "colour")


def shipped_codebook(name: str) -> pd.DataFrame:
    """Return a codebook that comes with mobilise, as rows of the table ``codes``.

    Parameters
    ----------
    name
        ``themes`` (barriers and enablers by the programme's themes) or ``cfir2022``.
    """
    if name not in SHIPPED:
        raise InputError(f"There is no codebook '{name}'{suggestion(name, SHIPPED)}")
    text = files("mobilise.learn.coding").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return _rows(tomllib.loads(text), f"{name}.toml")


def read_codebook(path: Path) -> pd.DataFrame:
    """Read a codebook from TOML.

    Parameters
    ----------
    path
        With ``name``, ``source`` and a table ``codes``: from each id to its keys. A code's
        parent is what its id has before the last dot.

    Returns
    -------
    DataFrame
        Rows of the table ``codes``.

    Raises
    ------
    SourceBroken
        With all that is wrong with it.
    """
    if not path.is_file():
        raise SourceMissing(f"{path}: there is no such codebook.")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceBroken(f"{path}: it is not valid TOML: {error}.") from error
    return _rows(found, str(path))


def write_codebook(codes: pd.DataFrame, path: Path) -> None:
    """Write codes as TOML that :func:`read_codebook` reads."""
    sources = [str(one) for one in codes["source"].dropna().unique()]
    source = [f"source = {_toml('; '.join(sources))}"] if sources else []
    lines = ['name = "Codebook"', *source, "", "[codes]"]
    for row in records(codes.sort_values(["order", "code_id"])):
        usual = {"codable": True}
        kept = {k: row[k] for k in _KEYS if row[k] is not None and row[k] != usual.get(k)}
        if row["parent_id"] != _parent(row["code_id"]):
            kept["parent"] = row["parent_id"] or ""
        said = ", ".join(f"{key} = {_toml(value)}" for key, value in kept.items())
        lines.append(f"{_toml(row['code_id'])} = {{ {said} }}")
    with replacing(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _rows(found: dict[str, Any], where: str) -> pd.DataFrame:
    codes = found.get("codes")
    if not isinstance(codes, dict) or not codes:
        raise SourceBroken(f"{where}: it has no table [codes] with codes in it.")
    wrong, rows = [], []
    for order, (code, keys) in enumerate(codes.items()):
        if not isinstance(keys, dict):
            wrong.append(f"'{code}' must be a table such as {{ name = \"Trust\" }}")
            continue
        parent = keys.get("parent", _parent(code)) or None
        wrong += _wrong(code, keys, parent, codes)
        row = {key: keys.get(key) for key in _KEYS}
        row |= {"code_id": code, "parent_id": parent, "order": order}
        row["codable"] = keys.get("codable", True)
        row["theme"] = codes.get(code.split(".")[0], {}).get("name")
        rows.append(row | {"source": found.get("source"), "name": keys.get("name", code)})
    if wrong:
        raise SourceBroken(
            f"{where}: {len(wrong)} faults:\n" + "\n".join(f"  - {w}." for w in wrong)
        )
    return validate("codes", pd.DataFrame(rows))


def _wrong(code: str, keys: dict[str, Any], parent: str | None, codes: dict[str, Any]) -> list[str]:
    wrong = [
        f"'{code}' has a key '{key}'{suggestion(key, [*_KEYS, 'parent']).rstrip('.')}"
        for key in keys
        if key not in _KEYS and key != "parent"
    ]
    if parent is not None and parent not in codes:
        wrong.append(f"'{code}' is part of '{parent}', which is not there")
    if keys.get("sort") not in (None, *SORTS):
        wrong.append(f"'{code}' has sort '{keys['sort']}'; it must be one of {', '.join(SORTS)}")
    return wrong


def _parent(code: str) -> str | None:
    return code.rpartition(".")[0] or None


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
