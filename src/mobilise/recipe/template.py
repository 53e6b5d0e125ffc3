"""A commented recipe to start from."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from mobilise.errors import InputError
from mobilise.place import replacing

if TYPE_CHECKING:
    from pathlib import Path


def write_template(folder: Path) -> Path:
    """Write ``recipe.toml``, with every section explained in comments.

    Parameters
    ----------
    folder
        Where to; it is made.

    Returns
    -------
    Path
        The recipe.

    Raises
    ------
    InputError
        There is a recipe already: nothing is overwritten.
    """
    path = folder / "recipe.toml"
    if path.exists():
        raise InputError(f"{path} exists already; choose another folder, or edit that recipe.")
    text = resources.files("mobilise.recipe").joinpath("template.toml").read_text(encoding="utf-8")
    with replacing(path) as beside:
        beside.write_text(text.replace("NAME OF THE PLACE", folder.resolve().name.title()))
    return path
