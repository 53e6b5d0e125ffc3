"""Plan: where the next sites help most, for whom, and how near the best that is."""

from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mobilise.assets.kinds import catalogue
from mobilise.errors import InputError
from mobilise.learn.evidence import Evidence
from mobilise.learn.priorities import rounds
from mobilise.report.material import is_health
from mobilise.web.planner import MOST_SITES
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite

router = APIRouter()
# From the most people to the smallest gap; each is one of the step plan's objectives.
FAIRNESS = (
    ("coverage", "Most people", "as many people as can be, whoever they are"),
    ("equity", "Deprived areas count more", "the most deprived fifth counts five times the least"),
    ("worst-first", "Least-reached first", "the fifth of deprivation that is reached least"),
    ("least-inequality", "Smallest gap", "the most equal reach from most to least deprived"),
)
MOST_LISTED = 60
COMPARED = 3
ID = Annotated[str, Field(max_length=200)]


class Wish(BaseModel):
    """What the address of a plan says: all of it, so that a link is a saved scenario."""

    model_config = ConfigDict(extra="ignore")

    kind: str = Field("", max_length=60)
    add: int = Field(3, ge=0, le=MOST_SITES)
    minutes: float = Field(15, ge=5, le=60)
    fair: int = Field(0, ge=0, le=len(FAIRNESS) - 1)
    residents: ID = ""
    candidates: list[ID] = Field(default_factory=lambda: ["areas"], max_length=10)
    closing: list[ID] = Field(default_factory=list, max_length=MOST_LISTED)
    must: list[ID] = Field(default_factory=list, max_length=MOST_SITES)
    forbidden: list[ID] = Field(default_factory=list, max_length=MOST_LISTED)
    keep: list[Annotated[str, Field(max_length=4000)]] = Field(
        default_factory=list, max_length=COMPARED
    )

    def asked(self) -> dict[str, Any]:
        """Return the keys of a ``[[plan]]`` section."""
        return {
            "name": self.title,
            "kind": self.kind,
            "add": self.add or None,
            "minutes": self.minutes,
            "objective": FAIRNESS[self.fair][0],
            "residents": self.residents or None,
            "candidates": self.candidates or ["areas"],
            "closing": self.closing,
            "must": self.must,
            "forbidden": self.forbidden,
        }

    @property
    def title(self) -> str:
        """The scenario in a few words."""
        kinds = catalogue().kinds
        label = kinds[self.kind].plural if self.kind in kinds else self.kind
        doing = [f"{self.add} more"] if self.add else []
        doing += [f"{len(self.closing)} fewer"] if self.closing else []
        wanted = f", as residents say ({self.residents})" if self.residents else ""
        return f"{label}: {', '.join(doing)}, {FAIRNESS[self.fair][1].lower()}{wanted}"

    def query(self, **changes: Any) -> str:
        """Return the address's query, with some of it changed."""
        values = self.model_dump(exclude_defaults=True) | changes
        return urlencode(values, doseq=True)


@router.get("/plan", include_in_schema=False)
def plan_page(request: Request, site: TheSite, wish: Annotated[Wish, Query()]) -> HTMLResponse:
    """Show the form, and below it the plan that was asked for."""
    found, fault = None, ""
    if wish.kind:
        try:
            found = _checked(site, wish)
        except InputError as error:
            fault = str(error)
    return page(
        request,
        "plan.html",
        422 if fault else 200,
        wish=wish,
        found=found,
        fault=fault,
        kinds=plannable(site),
        hosts=hosts(site),
        rounds=_rounds(site),
        fairness=FAIRNESS,
        today=_today(site, wish.kind),
        compared=_compared(site, wish, found),
        most_sites=MOST_SITES,
    )


@router.get("/plan.json", summary="A plan: sites, sentences, certificate")
def plan_json(site: TheSite, wish: Annotated[Wish, Query()]) -> dict[str, Any]:
    """Solve a plan; the same keys as the page's address."""
    shown = {"html", "map"}
    return {key: value for key, value in _checked(site, wish).items() if key not in shown}


@router.get("/plan/map.json", summary="A plan's map: what changes for each area, and its sites")
def plan_map(site: TheSite, wish: Annotated[Wish, Query()]) -> dict[str, Any]:
    """Answer with each area's class, each class's colour, and where sites open and close."""
    found: dict[str, Any] = _checked(site, wish)["map"]
    return found


def plannable(site: Site) -> list[tuple[str, str]]:
    """Return the kinds that one more of can be planned, by label."""
    kinds = catalogue().kinds
    there = [kind for kind in site.assets["kind"].unique() if not is_health(kind)]
    return sorted(((k, kinds[k].plural) for k in there), key=lambda pair: pair[1].lower())


def hosts(site: Site) -> list[tuple[str, str]]:
    """Return the kinds of asset that could host a new site."""
    kinds = catalogue().kinds
    there = [k for k in site.assets["kind"].unique() if not kinds[k].by_edge]
    return sorted(((k, kinds[k].plural) for k in there), key=lambda pair: pair[1].lower())


def _rounds(site: Site) -> list[str]:
    """Return the rounds in which residents weighed areas, the last first."""
    if not site.has_evidence:
        return []
    return rounds(Evidence.of(site.place.folder), "area")[::-1]


def _checked(site: Site, wish: Wish) -> dict[str, Any]:
    known = dict(plannable(site))
    if wish.kind not in known:
        raise InputError(f"There is no kind '{wish.kind}' here that could be planned.")
    for source in wish.candidates:
        if source != "areas" and source not in dict(hosts(site)):
            raise InputError(f"candidates: '{source}' is no kind that could host.")
    if not (wish.add or wish.closing):
        raise InputError("Say how many to add, or which to close.")
    return site.planner.solve(wish.asked())


def _today(site: Site, kind: str) -> list[tuple[str, str]]:
    """Return today's sites of a kind as id and name."""
    rows = site.assets[(site.assets["kind"] == kind) & site.assets["inside"]]
    names = rows["name"].fillna(rows["asset_id"])
    listed = sorted(zip(rows["asset_id"], names, strict=True), key=lambda pair: (pair[1], pair[0]))
    return [(str(a), str(n)) for a, n in listed[:MOST_LISTED]]


def _compared(site: Site, wish: Wish, found: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return what was kept beside this plan: title, address, and who is reached by fifth."""
    if found is None or not wish.keep:
        return []
    sides = [(wish.title, "", found)]
    for query in wish.keep:
        try:
            kept = Wish.model_validate(_fields(query))
            sides.append((kept.title, kept.query(), _checked(site, kept)))
        except (ValidationError, InputError):
            continue
    return [
        {"title": title, "query": query, "rows": _shares(one), "certificate": one["certificate"]}
        for title, query, one in sides
    ]


def _fields(query: str) -> dict[str, Any]:
    """Return an address's query as the keys of a wish: lists where it has lists."""
    given = parse_qs(query)
    lists = {name for name, info in Wish.model_fields.items() if "list" in str(info.annotation)}
    return {
        key: value if key in lists else value[0] for key, value in given.items() if key != "keep"
    }


def _shares(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return who is reached: whom, the share before and after, people gained."""
    rows = [row for row in found["table"] if row["by"] in {"place", "quintile"}]
    named = {"1": "Most deprived fifth", "5": "Least deprived fifth"}
    return [
        (
            "Everyone"
            if row["by"] == "place"
            else named.get(str(row["level"]), f"Fifth {row['level']}"),
            f"{row['share_before']:.0f}%" if row["share_before"] is not None else "–",
            f"{row['share_after']:.0f}%" if row["share_after"] is not None else "–",
            f"{row['gained'] - row['lost']:+,.0f}".replace("-", "−"),
        )
        for row in rows
    ]
