"""The types of a recipe's values: texts, paths, filters, coordinate systems, speeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo

from mobilise.filters import Filter


def _resolve(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be the path of a file")
    root = (info.context or {}).get("root", Path())
    return Path(root) / Path(value).expanduser()


def _resolve_feed(value: Any, info: ValidationInfo) -> Path | str:
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return value
    return _resolve(value, info)


def _parse_filter(value: Any) -> Filter:
    if isinstance(value, Filter):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a text, such as \"type == 'Library'\"")  # noqa: TRY004
    return Filter.parse(value)


def _metric(value: str) -> str:
    from pyproj import CRS  # noqa: PLC0415  (slow to import, and only recipes need it)
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        crs = CRS.from_user_input(value)
    except CRSError as error:
        raise ValueError(f"'{value}' is no coordinate system that PROJ knows") from error
    if not crs.is_projected or crs.axis_info[0].unit_name not in {"metre", "meter"}:
        raise ValueError(
            f"'{value}' does not measure in metres; in Great Britain use EPSG:27700, "
            "elsewhere the UTM zone"
        )
    return value


def _known_crs(value: str) -> str:
    from pyproj import CRS  # noqa: PLC0415
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        CRS.from_user_input(value)
    except CRSError as error:
        raise ValueError(f"'{value}' is no coordinate system that PROJ knows") from error
    return value


def given(value: Any) -> str:
    """Tell a table of keys from a text, where a key takes either."""
    return "table" if isinstance(value, dict | BaseModel) else "text"


def listed(value: Any) -> Any:
    """Return one table of keys as a list of it, where a key takes one or several."""
    return [value] if isinstance(value, dict | BaseModel) else value


def named(value: Any) -> Any:
    """Return a list of names as a table in which each stands for itself."""
    return {name: name for name in value} if isinstance(value, list | tuple) else value


Text = Annotated[str, Field(min_length=1)]
Source = Annotated[Path, BeforeValidator(_resolve)]
Feed = Annotated[Path | str, BeforeValidator(_resolve_feed)]
Where = Annotated[Filter, BeforeValidator(_parse_filter)]
MetricCrs = Annotated[str, AfterValidator(_metric)]
Crs = Annotated[str, AfterValidator(_known_crs)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
SpeedKmh = Annotated[float, Field(ge=0.5, le=12, strict=True)]
Measure = Literal[
    "nearest",
    "nearest2",
    "nearest3",
    "count",
    "choice",
    "gravity",
    "2sfca",
    "e2sfca",
    "3sfca",
    "m2sfca",
    "bfca",
    "spatial_availability",
]
Statistic = Literal[
    "relative_index",
    "concentration_index",
    "difference",
    "palma_ratio",
    "gini",
    "theil",
    "mean_log_deviation",
    "atkinson",
    "hoover",
    "index_of_disparity",
    "mean_difference_from_mean",
    "mean_difference_from_best",
    "between_group_variance",
    "between_group_standard_deviation",
    "coefficient_of_variation",
]
Objective = Literal[
    "coverage",
    "backup",
    "decay",
    "distance",
    "centre",
    "capacity",
    "equity",
    "least-inequality",
    "worst-first",
    "worst-area-first",
]
