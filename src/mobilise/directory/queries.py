"""What can be asked of the API: the standard's parameters, checked; also as a POST's body."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated, Literal
from uuid import UUID  # noqa: TC003  (pydantic reads it)

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mobilise.directory.hours import day_number

MOST_A_PAGE = 1000
MOST_MINIMAL = 100_000
_EARTH = 20_100_000.0  # metres: half way round


def _plain(text: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise ValueError("must not hold control characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("must be text that can be written as UTF-8") from None
    return text


def _day(text: str) -> str:
    if day_number(text) is None:
        raise ValueError("must be a day: MO, TU, WE, TH, FR, SA, SU, or its name")
    return text


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        raise ValueError("must lie between the years 1 and 9999") from None


Words = Annotated[str, Field(max_length=400), AfterValidator(_plain)]
Age = Annotated[float, Field(ge=0, le=150, allow_inf_nan=False)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Asked(BaseModel):
    """What every list takes."""

    model_config = ConfigDict(frozen=True)

    search: Words | None = None
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=MOST_A_PAGE)] = 20
    after: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    format: Literal["json", "csv", "ndjson"] = "json"


class AskedServices(Asked):
    """What ``/services`` takes."""

    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: Moment | None = None
    minimum_age: Age | None = None
    maximum_age: Age | None = None
    start_time: time | None = None
    end_time: time | None = None
    day: Annotated[str, Field(max_length=9), AfterValidator(_day)] | None = None
    minimal: bool = False
    full: bool = False


class AskedSites(AskedServices):
    """What ``/service_at_locations`` takes."""

    postcode: Annotated[str, Field(max_length=10), AfterValidator(_plain)] | None = None
    proximity: Annotated[float, Field(gt=0, le=_EARTH, allow_inf_nan=False)] | None = None


class AskedOrganizations(Asked):
    """What ``/organizations`` takes."""

    full_service: bool = False
    full: bool = False


class AskedTerms(Asked):
    """What ``/taxonomy_terms`` takes."""

    taxonomy_id: UUID | None = None
    top_only: bool = False
    parent_id: UUID | None = None
