"""What a form holds."""

from fastapi import Request

Fields = dict[str, list[str]]


async def fields_of(request: Request) -> Fields:
    """Return what a form holds: texts by name, without the spaces around them."""
    form = await request.form(max_files=0, max_fields=200)
    found: Fields = {}
    for name, value in form.multi_items():
        found.setdefault(name, []).append(str(value).strip())
    return found


def one(fields: Fields, name: str, otherwise: str = "") -> str:
    """Return the one text of a name."""
    return next(iter(fields.get(name, [])), otherwise)
