// A small map of numbered points beside a list; the list is whole without it.

import { dark, ground, libraryOf, mapIn, tellIdle } from "./ground.mjs";

const box = document.getElementById("map");
const state = document.getElementById("map-state");
const covers = JSON.parse(box.dataset.covers);
const points = [...box.querySelectorAll("[data-lat]")].map((one) => ({ ...one.dataset }));

function look() {
  const style = ground(covers);
  const [, areas, edges] = style.layers;
  areas.paint = { "fill-color": dark.matches ? "#242d34" : "#ffffff" };
  edges.paint = { "line-color": dark.matches ? "#3a464e" : "#dfe4e8", "line-width": 1 };
  return style;
}

// The points, a little around them; the whole place where there is but one, or none.
function around(library) {
  const bounds = new library.LngLatBounds();
  points.forEach((point) => bounds.extend([Number(point.lon), Number(point.lat)]));
  return points.length > 1 ? bounds : covers.bounds;
}

async function start() {
  const library = await libraryOf(box);
  box.classList.add("live");
  box.replaceChildren();
  const map = mapIn(library, box, covers, { style: look(), bounds: around(library), fitBoundsOptions: { padding: 36, maxZoom: covers.maxzoom } });
  map.getCanvas().setAttribute("aria-label", box.dataset.label);
  for (const point of points) {
    const mark = document.createElement("span");
    mark.className = "numbered mark";
    mark.textContent = point.n;
    mark.title = point.name;
    mark.ariaHidden = "true"; // the list says the same, and its items can be reached by keyboard
    mark.addEventListener("click", () => document.getElementById(point.at).scrollIntoView());
    new library.Marker({ element: mark }).setLngLat([Number(point.lon), Number(point.lat)]).addTo(map).getElement().removeAttribute("tabindex");
  }
  tellIdle(map, state);
}

start().catch((error) => { box.classList.remove("live"); box.hidden = true; state.dataset.idle = "failed"; console.warn(error); });
