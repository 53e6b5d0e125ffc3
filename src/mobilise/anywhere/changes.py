"""What `new` and `update` say in the end: what was had, what is missing, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobilise.anywhere.ledger import Line
    from mobilise.anywhere.making import Made


def made_text(made: Made, recipe: str) -> str:
    """Return what was made, on one screen.

    Parameters
    ----------
    made
        What :func:`mobilise.anywhere.new_place` returned.
    recipe
        The recipe, as people should type it.
    """
    lines = made.ledger.lines
    here = len(lines) - len(made.missing)
    size = f"{made.areas:,} areas and {made.neighbours:,} neighbours"
    said = [
        f"{made.name}: {size}; {here} of {len(lines)} sources.",
        *(f"  {_row(line)}" for line in lines.values() if line.rows is not None or line.file),
        *_missing(made),
        f"Wrote {recipe}. Next: mobilise build {recipe}",
    ]
    return "\n".join(said)


def changes_text(made: Made) -> str:
    """Return what changed since the last time, source by source.

    Parameters
    ----------
    made
        What :func:`mobilise.anywhere.update_place` returned.
    """
    before = made.before.lines if made.before else {}
    said = []
    for key, line in made.ledger.lines.items():
        change = _change(before.get(key), line)
        if change:
            said.append(f"  {line.title}: {change}")
    gone = [line.title for key, line in before.items() if key not in made.ledger.lines]
    said += [f"  {title}: no longer asked for" for title in gone]
    head = f"{made.name}: {len(said)} of {len(made.ledger.lines)} sources changed."
    if not said:
        head = f"{made.name}: nothing has changed."
    lines = [head, *said, *_missing(made)]
    if made.recipe.name == "recipe.toml":
        lines.append(f"Next: mobilise build {made.recipe}")
    else:
        lines.append(
            f"The recipe has been edited, so it was left alone; {made.recipe} is the new one, to "
            "compare."
        )
    return "\n".join(lines)


def _change(before: Line | None, now: Line) -> str:
    if before is None:
        return "new"
    if now.file is None:
        return "" if before.file is None else "it could not be had this time"
    if before.file is None:
        return f"it was missing and is there now ({_rows(now)})"
    if before.sha256 == now.sha256 and before.rows == now.rows:
        return ""
    if before.rows != now.rows and before.rows is not None and now.rows is not None:
        return f"{before.rows:,} rows before, {now.rows:,} now"
    return "other content"


def _row(line: Line) -> str:
    lost = f"; {line.lost:,} rows of the whole list have no usable place" if line.lost else ""
    return f"{line.title}, {line.publisher}: {_rows(line)}{lost}"


def _rows(line: Line) -> str:
    return "a map" if line.rows is None else f"{line.rows:,} rows"


def _missing(made: Made) -> list[str]:
    missing = made.missing
    said = [
        f"  older or other than asked for: {line.why}"
        for line in made.ledger.lines.values()
        if line.file and line.why
    ]
    if missing:
        some = "1 source is" if len(missing) == 1 else f"{len(missing)} sources are"
        said.append(f"{some} MISSING, and marked so in the recipe:")
        said += [f"  {line.why}" for line in missing.values()]
    return said
