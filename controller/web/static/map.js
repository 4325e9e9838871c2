// The map of the overview: the province's schools on a style of our own, without any tile server.
const place = document.getElementById("map");
const words = JSON.parse(place.dataset.words);
const note = place.querySelector("[data-map-note]");
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function colours() {
  return {
    up: css("--good"), degraded: "#d97706", down: css("--bad"), silent: css("--mute"),
    "expected-off": "#8fb2dd", "no-box": css("--line-strong"),
  };
}

// What is worse is drawn later, so that nothing hides it.
const ORDER = ["no-box", "expected-off", "up", "degraded", "silent", "down"];

// The three ways to colour the schools: the property, its colours, its order from good to bad, and what is drawn larger.
function views() {
  return {
    status: { paint: colours(), order: ORDER, bad: ["down", "silent", "degraded"] },
    speed: {
      paint: { fast: "#2f9e6b", well: "#9ccf7a", fair: "#ea8a3a", slow: "#c62f2f", unknown: css("--line-strong") },
      order: ["unknown", "fast", "well", "fair", "slow"], bad: ["fair", "slow"],
    },
    contract: {
      paint: { met: css("--met"), "not-met": css("--not-met"), "not-promised": "#8fb2dd", "not-enough": css("--line-strong") },
      order: ["not-enough", "not-promised", "met", "not-met"], bad: ["not-met"],
    },
  };
}
let shown = "status";

function style(data, outline) {
  const { paint, order, bad } = views()[shown];
  const byView = ["match", ["get", shown], ...Object.entries(paint).flat(), css("--line-strong")];
  const isBad = ["in", ["get", shown], ["literal", bad]];
  const sources = { schools: { type: "geojson", data } };
  const layers = [{ id: "ground", type: "background", paint: { "background-color": css("--hover") } }];
  if (outline) {
    sources.outline = { type: "geojson", data: outline };
    layers.push(
      { id: "land", type: "fill", source: "outline", paint: { "fill-color": css("--surface") } },
      { id: "border", type: "line", source: "outline", paint: { "line-color": css("--line-strong"), "line-width": 1 } },
    );
  }
  layers.push({
    id: "schools", type: "circle", source: "schools",
    layout: { "circle-sort-key": ["match", ["get", shown], ...order.flatMap((name, index) => [name, index]), 0] },
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 7, ["case", isBad, 5, 3.4], 12, ["case", isBad, 10, 7.5]],
      "circle-color": ["case", ["get", "real"], byView, css("--surface")],
      "circle-stroke-color": ["case", ["get", "real"], css("--surface"), byView],
      "circle-stroke-width": ["case", ["get", "real"], 1, 2],
      "circle-opacity": 0.95,
    },
  });
  return { version: 8, sources, layers };
}

function bounds(features) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry: { coordinates: [lon, lat] } } of features) {
    box[0] = Math.min(box[0], lon); box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon); box[3] = Math.max(box[3], lat);
  }
  return [[box[0], box[1]], [box[2], box[3]]];
}

function popupOf(properties) {
  const body = document.createElement("div");
  body.className = "map-popup";
  const add = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.textContent = text;
    return body.appendChild(made);
  };
  const link = add("a", "", "");
  link.href = `/schools/${encodeURIComponent(properties.code)}`;
  link.appendChild(Object.assign(document.createElement("strong"), { textContent: properties.name }));
  add("small", "", properties.real ? properties.commune : `${properties.commune} · ${words.unreal}`);
  body.appendChild(document.createElement("br"));
  add("span", `status status-${properties.status}`, words.status[properties.status]);
  if (shown !== "status") add("small", "", words[shown][properties[shown]]);
  return body;
}

async function load() {
  const answer = await fetch("/map.json", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function start() {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: place.dataset.style });
  document.head.appendChild(sheet);
  const [library, data] = await Promise.all([import(place.dataset.library), load()]);
  const { Map: MapView, NavigationControl, Popup, setWorkerUrl } = library;
  setWorkerUrl(place.dataset.worker);
  const map = new MapView({
    container: place, style: style(data.schools, data.outline), bounds: bounds(data.schools.features),
    fitBoundsOptions: { padding: 32, maxZoom: 12 }, attributionControl: false, dragRotate: false,
    pitchWithRotate: false, cooperativeGestures: matchMedia("(max-width: 900px)").matches, locale: words.controls,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  note.remove();
  const foot = document.querySelector("[data-map-foot]");
  foot.hidden = data.schools.features.every((one) => one.properties.real);
  map.on("click", "schools", (event) => {
    const [one] = event.features;
    new Popup({ closeButton: false, offset: 8 }).setLngLat(one.geometry.coordinates).setDOMContent(popupOf(one.properties)).addTo(map);
  });
  map.on("mouseenter", "schools", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "schools", () => { map.getCanvas().style.cursor = ""; });
  map.once("idle", () => { place.dataset.drawn = String(data.schools.features.length); });
  const draw = () => map.setStyle(style(data.schools, data.outline));
  document.addEventListener("theme:changed", draw);
  document.querySelectorAll("[name=map-view]").forEach((choice) => {
    choice.addEventListener("change", () => { look(choice.value); draw(); });
  });
  document.addEventListener("live:updated", async (event) => {
    if (event.target.id !== "tiles") return; // the same news that changes the numbers changes the map
    const fresh = await load().catch(() => null);
    if (!fresh) return;
    data.schools = fresh.schools;
    map.getSource("schools")?.setData(fresh.schools);
  });
}

function look(view) {
  shown = view;
  place.dataset.view = view;
  document.querySelectorAll("[data-map-keys]").forEach((keys) => { keys.hidden = keys.dataset.mapKeys !== view; });
}
look(document.querySelector("[name=map-view]:checked")?.value || "status"); // a page that was left keeps what was chosen

// Seen or soon to be seen: only then is the library fetched, which is more than the whole page.
const watcher = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  watcher.disconnect();
  start().catch(() => { note.textContent = words.failed; });
}, { rootMargin: "200px" });
watcher.observe(place);
