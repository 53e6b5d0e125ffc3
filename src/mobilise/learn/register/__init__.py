"""The programme's register: projects, partners, outputs, and the library made of them."""

from mobilise.learn.register.checks import Duplicate, duplicates, faults
from mobilise.learn.register.citations import cite, styles
from mobilise.learn.register.feed import atom, write_feed
from mobilise.learn.register.gateway import read_gateway, write_gateway
from mobilise.learn.register.library import Entry, library, projects_where, sole_programme
from mobilise.learn.register.references import read_references, write_references
from mobilise.learn.register.sheets import read_sheet, write_sheets

__all__ = [
    "Duplicate",
    "Entry",
    "atom",
    "cite",
    "duplicates",
    "faults",
    "library",
    "projects_where",
    "read_gateway",
    "read_references",
    "read_sheet",
    "sole_programme",
    "styles",
    "write_feed",
    "write_gateway",
    "write_references",
    "write_sheets",
]
