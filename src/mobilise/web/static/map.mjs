// The map: vector tiles of the areas, coloured by the classes that the server works out.
// The page is whole without this file; with it, a map that moves takes the place of a picture.

import { assetsLayer, base, colourOf, ground, isWide, libraryOf, mapIn, nothing, repaintWithScheme, tellIdle, whenChosen } from "./ground.mjs";

const box = document.getElementById("map");
const state = document.getElementById("map-state");
const card = document.getElementById("card");
const form = document.querySelector("[data-map-form]");
const here = document.getElementById("from-here");
let map;
let selected = null;
let walkMode = false;

const fetched = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, url: answer.url, ok: answer.ok };
};

// Colours and assets are there from the beginning, so that every tile is read once.
function look(shades) {
  const style = ground(covers, many, colourOf(shades));
  for (const [name, data] of Object.entries({ ...shownAssets(), point: nothing })) style.sources[name] = { type: "geojson", data };
  style.layers.push(
    { id: "chosen", type: "line", source: "areas", "source-layer": "areas", filter: ["==", ["get", "i"], -1], paint: { "line-color": "#d4351c", "line-width": 3 } },
    { id: "doors", type: "circle", source: "doors", paint: { "circle-radius": 2.5, "circle-color": "#1d2830", "circle-stroke-color": "#fff", "circle-stroke-width": 0.8 } },
    assetsLayer(covers, many),
    { id: "point", type: "circle", source: "point", paint: { "circle-radius": 8, "circle-color": "#ffffff", "circle-stroke-color": "#1d2830", "circle-stroke-width": 4 } },
  );
  return style;
}

const covers = JSON.parse(box.dataset.covers);
const many = isWide(covers);

const shadesOf = async (url) => (await fetch(url)).json();

async function colour(url) {
  state.dataset.idle = "false";
  map.setPaintProperty("areas", "fill-color", colourOf(await shadesOf(url)));
}

function shownAssets() {
  const kind = form.elements.assets.value;
  const doors = form.elements.entrances.checked && kind && kind !== "all";
  return {
    assets: kind ? `${base}/map/assets.json?kind=${encodeURIComponent(kind)}` : nothing,
    doors: doors ? `${base}/map/entrances.json?kind=${encodeURIComponent(kind)}` : nothing,
  };
}

function showAssets() {
  for (const [name, data] of Object.entries(shownAssets())) map.getSource(name).setData(data);
}

function remember(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  history.replaceState(null, "", url);
}

async function change() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) asked.set(name, value);
  const { page, ok } = await fetched(`/map?${asked}`);
  if (!ok) return;
  for (const id of ["layer", "table"]) document.getElementById(id).replaceWith(page.getElementById(id));
  document.title = page.title;
  const url = new URL(location.href);
  url.search = asked;
  if (selected) url.searchParams.set("area", selected);
  history.pushState(null, "", url);
  const ticks = form.querySelector(".ticks");
  const fresh = page.querySelector(".ticks");
  if (ticks.children.length !== fresh.children.length) ticks.replaceWith(fresh);
  map.getSource("point").setData(nothing);
  showAssets();
  await colour(styleUrl());
}

const styleUrl = () => {
  const layer = document.getElementById("layer").dataset;
  return layer.style ?? `/map/style.json?layer=${encodeURIComponent(layer.layer)}&against=${layer.against}`;
};

async function showCard(url, focus) {
  const { page, url: reached, ok } = await fetched(url);
  const body = page.getElementById("card-body");
  card.replaceChildren(body ?? page.querySelector("main p"));
  const title = card.querySelector("h1");
  if (title) {
    const smaller = document.createElement("h2");
    smaller.textContent = title.textContent;
    title.replaceWith(smaller);
  }
  if (focus) {
    card.tabIndex = -1;
    card.focus({ preventScroll: innerWidth > 900 });
  }
  return { page, reached, ok };
}

async function chooseArea(row, focus) {
  map.setFilter("chosen", ["==", ["get", "i"], row]);
  const { reached, ok } = await showCard(`/areas/at/${row}`, focus);
  selected = ok ? decodeURIComponent(new URL(reached).pathname.split("/").pop()) : null;
  remember({ area: selected, from: null });
}

async function walkFrom({ lng, lat }, focus) {
  const at = { lat: lat.toFixed(6), lon: lng.toFixed(6) };
  const query = new URLSearchParams(at);
  const { page, ok } = await showCard(`/walks?${query}`, focus);
  if (!ok) return;
  map.setFilter("chosen", ["==", ["get", "i"], -1]);
  map.getSource("point").setData({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lng, lat] } });
  const legend = page.getElementById("layer");
  legend.dataset.layer = document.getElementById("layer").dataset.layer;
  document.getElementById("layer").replaceWith(legend);
  remember({ from: `${at.lat},${at.lon}`, area: null });
  await colour(styleUrl());
}

function choose(point, lngLat, focus) {
  if (walkMode) return walkFrom(lngLat, focus);
  const asset = map.queryRenderedFeatures([[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]], { layers: ["assets"] })[0];
  if (asset) {
    new library.Popup({ closeButton: true, focusAfterOpen: Boolean(focus) }).setLngLat(asset.geometry.coordinates).setText(`${asset.properties.name} (${asset.properties.kind})`).addTo(map);
    return null;
  }
  const area = map.queryRenderedFeatures(point, { layers: ["areas"] })[0];
  return area ? chooseArea(area.properties.i, focus) : null;
}

let library;

async function start() {
  const shades = shadesOf(styleUrl());
  library = await libraryOf(box);
  box.classList.add("live");
  map = mapIn(library, box, covers, { style: look(await shades), hash: "at" });
  map.addControl(new library.ScaleControl({ maxWidth: 120 }), "bottom-left");
  tellIdle(map, state);
  repaintWithScheme(map);
  whenChosen(map, choose);
  map.on("mousemove", (event) => {
    const over = map.queryRenderedFeatures(event.point, { layers: ["areas", "assets"] }).length;
    map.getCanvas().style.cursor = over ? "pointer" : "";
  });
  await map.once("load");
  form.querySelector("[data-needless]").hidden = true;
  document.querySelector("[data-live]").hidden = false;
  const asked = new URLSearchParams(location.search);
  if (asked.get("from")) {
    const [lat, lng] = asked.get("from").split(",").map(Number);
    if (Number.isFinite(lat) && Number.isFinite(lng)) await walkFrom({ lat, lng }, false);
  } else if (asked.get("area")) {
    selected = asked.get("area");
    await showCard(`/areas/${encodeURIComponent(selected)}`, false);
  }
}

form.addEventListener("change", change);
form.addEventListener("submit", (event) => { event.preventDefault(); change(); });
addEventListener("popstate", (event) => { if (!location.hash.startsWith("#table")) location.reload(); });
here.addEventListener("click", () => {
  walkMode = !walkMode;
  here.setAttribute("aria-pressed", String(walkMode));
  document.getElementById("hint").textContent = walkMode
    ? "Choose a point on the map (or press Enter for its middle) to see who lives within a walk of it."
    : "Choose an area for its report card. With the keyboard: move with the arrow keys, then press Enter for the area in the middle.";
  if (!walkMode) change();
});

const still = box.querySelector("noscript").textContent; // the picture, for browsers without WebGL

start().catch((error) => {
  box.innerHTML = still;
  state.textContent = "The moving map could not be started; the picture and the table are complete.";
  state.dataset.idle = "failed";
  box.classList.remove("live");
  console.warn(error);
});
