// A plan on a map that moves, in the place of the picture; the picture stays for paper.
// htmx puts a new result into the page for each plan: its map is begun then, and the last ended.

import { assetsLayer, base, colourOf, ground, isWide, libraryOf, mapIn, repaintWithScheme, tellIdle, whenChosen } from "./ground.mjs";

let shown = null;

function mark(library, map, site) {
  const sign = document.createElement("span");
  sign.className = site.change === "open" ? "sitemark" : "sitemark closes";
  sign.textContent = site.change === "open" ? site.order : "×";
  sign.title = site.change === "open" ? `${site.order}: ${site.name}` : `Closes: ${site.name}`;
  sign.ariaHidden = "true"; // the table of sites says the same
  const marker = new library.Marker({ element: sign }).setLngLat([site.lon, site.lat]).addTo(map);
  marker.getElement().removeAttribute("tabindex");
}

async function nameOf(row) {
  const answer = await fetch(`/areas/at/${row}`, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { name: page.querySelector("h1").textContent, url: answer.url };
}

async function start(box, state) {
  const covers = JSON.parse(box.dataset.covers);
  const [library, answer] = await Promise.all([libraryOf(box), fetch(box.dataset.plan)]);
  if (!answer.ok) throw new Error(`the plan's map: ${answer.status}`);
  const plan = await answer.json();
  const frame = box.closest(".livemap");
  const picture = document.querySelector(".plan figure[id$='-map-figure'] .canvas");
  picture.before(frame);
  picture.classList.add("onpaper");
  frame.hidden = false;
  box.classList.add("live");
  const many = isWide(covers);
  const style = ground(covers, many, colourOf({ ...plan, missing: plan.colours[0] }));
  style.sources.assets = { type: "geojson", data: `${base}/map/assets.json?kind=${encodeURIComponent(plan.kind)}` };
  style.layers.push(assetsLayer(covers, many));
  const map = mapIn(library, box, covers, { style, cooperativeGestures: true });
  shown = map;
  map.getCanvas().setAttribute("aria-label", box.dataset.label);
  [...plan.sites].reverse().forEach((site) => mark(library, map, site));
  tellIdle(map, state);
  repaintWithScheme(map);
  whenChosen(map, async (point, lngLat, focus) => {
    const area = map.queryRenderedFeatures(point, { layers: ["areas"] })[0];
    if (!area) return;
    const { name, url } = await nameOf(area.properties.i);
    const link = document.createElement("a");
    link.href = url;
    link.textContent = name;
    const said = document.createElement("p");
    said.append(link, `: ${plan.labels[plan.classes[area.properties.i]].toLowerCase()}`);
    new library.Popup({ focusAfterOpen: focus, maxWidth: "18rem" }).setLngLat(lngLat).setDOMContent(said).addTo(map);
  });
}

function begin() {
  shown?.remove();
  shown = null;
  const box = document.querySelector("#result #map");
  if (!box) return;
  const state = document.getElementById("map-state");
  start(box, state).catch((error) => {
    box.closest(".livemap").hidden = true;
    document.querySelector(".onpaper")?.classList.remove("onpaper");
    state.dataset.idle = "failed";
    console.warn(error);
  });
}

document.addEventListener("htmx:after:swap", begin);
begin();
