"""The map: one layer of the areas in colour, assets on top, and the table of the same figures."""

import gzip
import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from mobilise.assets.kinds import catalogue
from mobilise.web.layers import DEPRIVATION
from mobilise.web.maptable import Ask, csv_of, rows_of
from mobilise.web.shading import style_of
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite

router = APIRouter()
LayerId = Annotated[str, Query(description="One of the ids of /map/layers.json")]
TILE = "application/vnd.mapbox-vector-tile"


@router.get("/map", include_in_schema=False)
def map_page(request: Request, site: TheSite, ask: Annotated[Ask, Query()]) -> HTMLResponse:
    """Show a layer as a map and as a table."""
    wanted = ask.layer or first_layer(site)
    layer = site.layer(wanted)
    shades = site.shading(wanted, by_deprivation=ask.against)
    _, covers = site.tiles
    return page(
        request,
        "map.html",
        ask=ask,
        layer=layer,
        shades=shades,
        families=families(site),
        kinds=kinds_there(site),
        table=rows_of(site, layer, ask),
        covers=json.dumps(covers),
        can_compare=DEPRIVATION in site.layers and wanted != DEPRIVATION,
        shown=ask.assets if ask.assets is not None else layer.kind,
    )


@router.get("/map/layers.json", summary="What the map can show")
def layers(site: TheSite) -> list[dict[str, Any]]:
    """List the layers: id, label, unit, source, what a missing value means."""
    return [vars(layer) for layer in site.layers.values()]


@router.get("/map/style.json", include_in_schema=False)
def style(site: TheSite, layer: LayerId, *, against: bool = False) -> JSONResponse:
    """Answer with a class for each area, and a colour for each class."""
    made = style_of(site.shading(layer, by_deprivation=against))
    return JSONResponse(made)


@router.get("/map/layer.csv", summary="A layer as a table of all areas")
def layer_csv(site: TheSite, layer: LayerId) -> Response:
    """Answer with every area's value, its unit and source."""
    name = f'attachment; filename="{site.layer(layer).id}.csv"'
    return Response(
        csv_of(site, site.layer(layer)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )


@router.get("/map/layer.json", summary="A layer: every area's value")
def layer_json(site: TheSite, layer: LayerId) -> dict[str, Any]:
    """Answer with the layer's description and every area's value."""
    found = site.layer(layer)
    values = [None if v != v else round(v, 4) for v in site.values(layer).tolist()]  # noqa: PLR0124
    ids = site.areas["area_id"].tolist()
    return vars(found) | {"values": dict(zip(ids, values, strict=True))}


@router.get("/map/picture/{layer}.svg", include_in_schema=False)
def picture(request: Request, site: TheSite, layer: str) -> Response:
    """Answer with a layer as a picture, for paper and for browsers without JavaScript."""
    path = site.folder / "pictures" / f"{site.layer(layer).id}.svg.gz"
    return _packed(request, path.read_bytes(), "image/svg+xml")


@router.get("/map/tiles/{zoom}/{column}/{row}.pbf", include_in_schema=False)
def tile(site: TheSite, zoom: int, column: int, row: int) -> Response:
    """Answer with one vector tile, as it was packed; nothing lies in an empty one."""
    found = site.tiles[0].get((zoom, column, row))
    if found is None:
        return Response(status_code=204)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=3600"}
    return Response(found, media_type=TILE, headers=headers)


@router.get("/map/assets.json", summary="Assets of a kind (or of all) as GeoJSON points")
def assets(request: Request, site: TheSite, kind: str = "all") -> Response:
    """Answer with a point for each asset: id, name, kind."""
    if kind not in site.packed_points:
        wanted = kind.split("+")
        rows = site.assets if kind == "all" else site.assets[site.assets["kind"].isin(wanted)]
        if rows.empty and kind not in catalogue().kinds:
            raise HTTPException(404, f"There is no kind '{kind}'.")
        site.keep_points(kind, _assets_of(rows))
    return _packed(request, site.packed_points[kind], "application/json")


@router.get("/map/entrances.json", summary="Where assets of a kind are entered, as GeoJSON points")
def entrances(site: TheSite, kind: str) -> dict[str, Any]:
    """Answer with a point for each entrance."""
    rows = site.doors[site.doors["kind"].isin(kind.split("+"))]
    return _points(rows[["asset_id", "lon", "lat"]].to_dict("records"))


def first_layer(site: Site) -> str:
    """Return the layer that is shown when none is asked for: of people's walks, the first."""
    nearest = [name for name in site.layers if name.startswith("nearest.")]
    libraries = [name for name in nearest if "library" in name]
    found = [*libraries, *nearest, *site.layers]
    if not found:
        raise HTTPException(404, "Nothing has been measured that a map could show.")
    return found[0]


def families(site: Site) -> dict[str, list[Any]]:
    """Return the layers under the headings that they are listed by."""
    listed: dict[str, list[Any]] = {}
    for layer in site.layers.values():
        listed.setdefault(layer.family, []).append(layer)
    return listed


def kinds_there(site: Site) -> list[tuple[str, str]]:
    """Return the kinds of asset that there are, each with its label, in the alphabet's order."""
    kinds = catalogue().kinds
    return sorted(
        ((kind, kinds[kind].plural) for kind in site.assets["kind"].unique()),
        key=lambda pair: pair[1].lower(),
    )


def _assets_of(rows: Any) -> dict[str, Any]:
    labels = {name: entry.label for name, entry in catalogue().kinds.items()}
    columns = (rows["asset_id"], rows["name"].fillna(""), rows["kind"], rows["lon"], rows["lat"])
    return _points(
        {"id": id_, "name": name or labels[kind], "kind": labels[kind], "lon": lon, "lat": lat}
        for id_, name, kind, lon, lat in zip(*(c.tolist() for c in columns), strict=True)
    )


def _packed(request: Request, packed: bytes, type_: str) -> Response:
    """Answer with what is kept packed, unpacked only for a browser that cannot do it."""
    headers = {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(packed, media_type=type_, headers=headers)
    return Response(gzip.decompress(packed), media_type=type_, headers=headers)


def _points(rows: Any) -> dict[str, Any]:
    features = []
    for row in rows:
        facts = dict(row)
        at = [round(facts.pop("lon"), 6), round(facts.pop("lat"), 6)]
        features.append(
            {
                "type": "Feature",
                "properties": facts,
                "geometry": {"type": "Point", "coordinates": at},
            }
        )
    return {"type": "FeatureCollection", "features": features}
