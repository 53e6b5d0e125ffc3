"""The report as one web page: no outside request, whole without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from mobilise.report.model import Report


def page_of(report: Report) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    report
        Its model. Texts are escaped here; pictures are SVG whose texts are escaped already.
    """
    environment = Environment(
        loader=PackageLoader("mobilise.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = Markup  # only for what mobilise.report.svg has made
    loader = environment.loader
    assert loader is not None
    style = loader.get_source(environment, "report.css")[0]
    return environment.get_template("report.html").render(report=report, style=Markup(style))  # noqa: S704
