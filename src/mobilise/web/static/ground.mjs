// What the maps of all pages share: the areas' tiles, the paper under them, the controls.

export const base = location.origin;
export const dark = matchMedia("(prefers-color-scheme: dark)");
export const nothing = { type: "FeatureCollection", features: [] };

export const paint = () => (dark.matches ? { paper: "#14191d", edge: "#14191d" } : { paper: "#f4f6f7", edge: "#ffffff" });

// The areas filled, and the edges between them; `many` edges are drawn once they can be told apart.
export function ground(covers, many = false, fill = "#b9bfc4") {
  const { paper, edge } = paint();
  const near = many ? covers.minzoom + 2 : 0;
  return {
    version: 8,
    sources: { areas: { type: "vector", tiles: [`${base}/map/tiles/{z}/{x}/{y}.pbf`], minzoom: covers.minzoom, maxzoom: covers.maxzoom, bounds: covers.bounds, promoteId: "i" } },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": paper } },
      { id: "areas", type: "fill", source: "areas", "source-layer": "areas", paint: { "fill-color": fill, "fill-antialias": false } },
      { id: "edges", type: "line", source: "areas", "source-layer": "areas", minzoom: near, paint: { "line-color": edge, "line-width": ["interpolate", ["linear"], ["zoom"], covers.minzoom + 1.5, many ? 0 : 0.6, covers.minzoom + 5, 1.2] } },
    ],
  };
}

// Whether there are so many areas and assets that marks must be small at first.
export function isWide({ bounds: [west, , east] }) {
  return east - west > 1.5;
}

export async function libraryOf(box) {
  const library = await import(box.dataset.library);
  library.setWorkerUrl(new URL(box.dataset.worker, base).href);
  return library;
}

export function mapIn(library, box, covers, more) {
  const map = new library.Map({
    container: box,
    bounds: covers.bounds,
    fitBoundsOptions: { padding: 16 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: covers.maxzoom + 3,
    minZoom: Math.max(0, covers.minzoom - 1),
    fadeDuration: 0,
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
    ...more,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  return map;
}

// The colour of an area by the class that it is in.
export function colourOf({ classes, colours, missing }) {
  const known = ["at", ["get", "i"], ["literal", classes]];
  const pairs = colours.flatMap((one, index) => [index, one]);
  return ["match", known, ...pairs, missing];
}

export function assetsLayer(covers, many) {
  const radius = ["interpolate", ["linear"], ["zoom"], covers.minzoom + 1, many ? 1.4 : 4, covers.minzoom + 5, 7];
  const rim = ["interpolate", ["linear"], ["zoom"], covers.minzoom + 1, many ? 0.2 : 1, covers.minzoom + 5, 1.5];
  return { id: "assets", type: "circle", source: "assets", paint: { "circle-radius": radius, "circle-color": "#d55e00", "circle-stroke-color": "#fff", "circle-stroke-width": rim } };
}

// Where somebody chose: what a pointer pressed, or the middle of the map for Enter.
export function whenChosen(map, choose) {
  map.on("click", (event) => choose(event.point, event.lngLat, false));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const middle = map.getCenter();
    choose(map.project(middle), middle, true);
  });
}

// The page says by itself when its map is drawn.
export function tellIdle(map, state) {
  map.on("movestart", () => { state.dataset.idle = "false"; });
  map.on("idle", () => {
    state.dataset.idle = "true";
    state.textContent = "The map is drawn.";
  });
}

export function repaintWithScheme(map) {
  dark.addEventListener("change", () => {
    const { paper, edge } = paint();
    map.setPaintProperty("paper", "background-color", paper);
    map.setPaintProperty("edges", "line-color", edge);
  });
}
