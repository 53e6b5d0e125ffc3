// A small map of numbered points beside a list; the list is whole without it.

const box = document.getElementById("map");
const state = document.getElementById("map-state");
const covers = JSON.parse(box.dataset.covers);
const points = [...box.querySelectorAll("[data-lat]")].map((one) => ({ ...one.dataset }));
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const base = location.origin;

async function start() {
  const library = await import(box.dataset.library);
  library.setWorkerUrl(new URL(box.dataset.worker, base).href);
  box.classList.add("live");
  box.replaceChildren();
  const map = new library.Map({
    container: box,
    style: {
      version: 8,
      sources: { areas: { type: "vector", tiles: [`${base}/map/tiles/{z}/{x}/{y}.pbf`], minzoom: covers.minzoom, maxzoom: covers.maxzoom, bounds: covers.bounds } },
      layers: [
        { id: "paper", type: "background", paint: { "background-color": dark ? "#14191d" : "#f4f6f7" } },
        { id: "areas", type: "fill", source: "areas", "source-layer": "areas", paint: { "fill-color": dark ? "#242d34" : "#ffffff" } },
        { id: "edges", type: "line", source: "areas", "source-layer": "areas", paint: { "line-color": dark ? "#3a464e" : "#dfe4e8", "line-width": 1 } },
      ],
    },
    bounds: covers.bounds,
    fitBoundsOptions: { padding: 12 },
    attributionControl: false,
    dragRotate: false,
    maxZoom: covers.maxzoom + 3,
    fadeDuration: 0,
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
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
  map.on("idle", () => { state.dataset.idle = "true"; });
}

start().catch((error) => { box.classList.remove("live"); box.hidden = true; state.dataset.idle = "failed"; console.warn(error); });
