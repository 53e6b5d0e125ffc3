"""Recipes: a registry's recipe for a place, with what was had, and what was not marked in it."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from mobilise.sources.publishers import Registry, Source

DATA = "data"
WIDTH = 96
_LISTS = ("assets", "indicators", "reach", "gaps", "explain", "plan")
_ESSENTIAL = {"bridge"}  # without it a section's figures would be on other areas than the place's
_NEAR = ("x", "postcode", "geometry")


@dataclass(frozen=True)
class Had:
    """A source that was had.

    Parameters
    ----------
    file
        Its file, relative to the recipe.
    source
        What it is: the one that stood in, where the first could not be had.
    fetched
        The day on which it came (ISO 8601): the vintage of what is published without one.
    remark
        What a reader should know: an older copy, another source.
    """

    file: str
    source: Source
    fetched: str
    remark: str | None = None

    def origin(self) -> dict[str, str]:
        """Return what the recipe says of it, key by key."""
        said = self.source.origin()
        if not any(letter.isdigit() for letter in self.source.year):
            said["year"] = f"{self.source.year}, fetched {self.fetched}"
        return said


@dataclass(frozen=True)
class _Found:
    """What was had, what could not be, and of what nothing lies near."""

    registry: Registry
    had: Mapping[str, Had]
    missing: Mapping[str, str]
    empty: AbstractSet[str]


def recipe_text(
    registry: Registry,
    name: str,
    *,
    had: Mapping[str, Had],
    missing: Mapping[str, str],
    empty: AbstractSet[str],
    command: str,
    output: str,
) -> str:
    """Return a recipe.

    Parameters
    ----------
    registry
        Whose recipe.
    name
        The place's.
    had
        What there is, by the registry's keys.
    missing
        Why others could not be had, in a sentence.
    empty
        Those of which nothing lies in the place or near it.
    command
        What was typed, for the head of the file.
    output
        The place's folder.
    """
    found = _Found(registry, had, missing, empty)
    country, template = registry.country, registry.recipe
    lines = [f"# {name}: from the open data of {country.name}'s official publishers.", "#"]
    lines += [f"#     {command}", "#"]
    lines += _comment(
        f"Places are made of {country.area}. Files are in '{DATA}/' beside this recipe, cut to the "
        "place and what is near it; sources.json says where each came from and when. Edit this "
        "recipe as you like (every key is explained in docs/recipe.md): 'mobilise update' fetches "
        "the data again and leaves an edited recipe alone."
    )
    if missing:
        some = "1 source" if len(missing) == 1 else f"{len(missing)} sources"
        lines += _comment(f"MISSING: {some}; look for the word further down.")
    lines += ["", "[place]", f"name = {_value(name)}", f"crs = {_value(country.crs)}"]
    lines += [f"output = {_value(output)}"]
    kinds: set[str] = set()
    for key, part in template.items():
        sections = part if key in _LISTS else [part]
        if key == "reach":
            sections = [there for one in sections if (there := _measured(one, kinds))]
        for section in sections:
            lines += ["", *_section(key, section, found, kinds)]
    return "\n".join(lines) + "\n"


def _section(
    key: str, template: Mapping[str, Any], found: _Found, kinds: set[str]
) -> Iterator[str]:
    """Yield a section's lines; one that lacks its source is switched off, and says why."""
    had, sources = found.had, found.registry.sources
    wanted = [template.get("source")]
    wanted += [template[inner].get("source") for inner in _ESSENTIAL if inner in template]
    lacking = [name for name in wanted if name is not None and name not in had]
    if lacking and key == "network":
        yield from _missing(lacking[0], found)
        yield from _lines(key, {k: v for k, v in template.items() if k != "source"}, found)
        return
    filled = _instead(template, had)
    for name in lacking:
        yield from _missing(name, found)
    about = sources[template["source"]].about if template.get("source") else ""
    if about:
        yield from _comment(about)
    remark = had[template["source"]].remark if template.get("source") in had else None
    if remark:
        yield from _comment(f"NOTE: {remark}")
    lines = list(_lines(key, filled, found))
    if lacking:
        yield from (line if line.startswith("#") else f"# {line}".rstrip() for line in lines)
        return
    if key == "assets":
        kinds |= _kinds_of(filled)
    yield from lines


def _missing(name: str, found: _Found) -> Iterator[str]:
    source = found.registry.sources[name]
    if name in found.empty:
        yield from _comment(f"NONE HERE: nothing of '{source.title}' lies in the place or near it.")
    elif source.optional and name not in found.missing:
        yield from _comment(f"Not fetched unless asked for: --with {name}.")
    else:
        says = found.missing.get(name) or f"{source.label}: it was not fetched."
        yield from _comment(f"MISSING: {says} 'mobilise update' tries again.")


def _instead(template: Mapping[str, Any], had: Mapping[str, Had]) -> dict[str, Any]:
    """Return a section whose kinds make up for lists that could not be had."""
    filled = {key: value for key, value in template.items() if key != "instead"}
    for name, kinds in template.get("instead", {}).items():
        if name not in had:
            filled["kinds"] = [*filled["kinds"], *kinds]
    return filled


def _kinds_of(section: Mapping[str, Any]) -> set[str]:
    kind = section.get("kind")
    if isinstance(kind, dict):
        return set(kind["map"].values())
    return {kind} if kind else set(section.get("kinds", ()))


def _measured(section: Mapping[str, Any], kinds: set[str]) -> dict[str, Any] | None:
    """Return a section of reach for the kinds that some source has; None if there are none."""
    there = [kind for kind in section["kinds"] if all(part in kinds for part in kind.split("+"))]
    return {**section, "kinds": there} if there else None


def _lines(key: str, section: Mapping[str, Any], found: _Found) -> Iterator[str]:
    """Yield a section as TOML: plain keys first, then the tables inside it."""
    had = found.had
    yield f"[[{key}]]" if key in _LISTS else f"[{key}]"
    inner: list[tuple[str, bool, Any]] = []
    for name, value in section.items():
        if name == "source":
            osm = "kinds" in section or key == "network"
            yield from _origin(value, had, near=key == "assets", osm=osm)
        elif isinstance(value, dict) and "source" in value:
            inner.append((name, False, value))
        elif name == "join":
            inner += [(name, True, table) for table in value]
        else:
            resolved = _resolved(value, had)
            if resolved is None:
                yield f"# {name}: left out, for want of the source that has it."
            else:
                yield f"{name} = {_value(resolved)}"
    for name, several, table in inner:
        yield ""
        if table["source"] not in had:
            yield from _missing(table["source"], found)
        else:
            about = had[table["source"]].source.about
            yield from _comment(about)
            yield f"[[{key}.{name}]]" if several else f"[{key}.{name}]"
            yield from _origin(table["source"], had)
            yield from (f"{k} = {_value(v)}" for k, v in table.items() if k != "source")


def _origin(
    name: str, had: Mapping[str, Had], *, near: bool = False, osm: bool = False
) -> Iterator[str]:
    if name not in had:  # a section that is switched off still shows what it would have
        yield f"{'osm' if osm else 'file'} = {_value(f'{DATA}/{name}.parquet')}"
        return
    found = had[name]
    yield f"{'osm' if osm else 'file'} = {_value(found.file)}"
    yield from (f"{key} = {_value(value)}" for key, value in found.origin().items())
    if near and any(getattr(found.source.cut, way) for way in _NEAR):
        yield "beyond = true"


def _resolved(value: Any, had: Mapping[str, Had]) -> Any:
    """Return a value without what needs a source that could not be had; None if nothing is left."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return next((r for item in value if (r := _resolved(item, had)) is not None), None)
    if not isinstance(value, dict):
        return value
    if "needs" in value:
        if value["needs"] not in had:
            return None
        rest = {key: inner for key, inner in value.items() if key != "needs"}
        return rest["column"] if set(rest) == {"column"} else rest
    resolved = {key: _resolved(inner, had) for key, inner in value.items()}
    return {key: inner for key, inner in resolved.items() if inner is not None}


def _value(value: Any) -> str:
    """Return a value as TOML; JSON's texts are TOML's."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() else json.dumps(name, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [f"# {line}" for line in textwrap.wrap(flat, WIDTH, break_on_hyphens=False)]
