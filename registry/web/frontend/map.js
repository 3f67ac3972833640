// A map to explore in the place of a drawing: MapLibre draws land, lines and dots; names, buttons
// and notes are elements of the page. The drawing comes back in print.
import { Map as Drawn, setWorkerUrl } from "maplibre-gl";
import { atlasFrom, atlasOf, level, single, way } from "./atlas.js";

const MOST_TIES = 400, MOST_NODES = 400, MOST_NAMES = 28; // What is drawn at once, at most.
const MOST_NAMED = 100; // Names that the server gives at once.
const BY_CITY = 3; // The zoom from which on cities are shown, and countries no more.
const COLOURS = ["land", "card", "accent", "warm"];
const EMPTY = { type: "FeatureCollection", features: [] };

// Lets the page go on between two pieces of work.
const pause = () => new Promise((go) => setTimeout(go));

// What is drawn stays where more cannot be loaded.
const attempt = (promise) => promise.catch((error) => console.warn(error));

const features = (found) => ({ type: "FeatureCollection", features: found });

// The colours of the page as it is shown now: light, dark, or those of the reader's own.
function colours(figure) {
  const probe = figure.appendChild(document.createElement("i"));
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.className = "probe";
  const found = Object.fromEntries(COLOURS.map((name) => {
    probe.style.color = `var(--${name})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    // As it is painted: MapLibre does not read every way to write a colour.
    return [name, `rgb(${pen.getImageData(0, 0, 1, 1).data.slice(0, 3).join()})`];
  }));
  probe.remove();
  return found;
}

// How lines are drawn, by layer, as in the drawings (`style.css`): links of their own kinds.
const DASHES = { ties: null, dashed: [5, 2.5], dotted: [1, 3] };
const FAINT = { unconfirmed: 0.4, old: 0.55 };

// The box of some places, across the antimeridian where that is shorter.
function around(places) {
  const lons = places.map(([lon]) => ((((lon + 180) % 360) + 360) % 360) - 180).sort((a, b) => a - b);
  const lats = places.map(([, lat]) => lat);
  let west = lons[0], east = lons[lons.length - 1], widest = 360 - (east - west);
  lons.slice(1).forEach((lon, at) => {
    if (lon - lons[at] > widest) [widest, west, east] = [lon - lons[at], lon, lons[at] + 360];
  });
  // Nearer to the poles Mercator's map has no end.
  return [[west, Math.max(Math.min(...lats), -75)], [east, Math.min(Math.max(...lats), 80)]];
}

// The range of most values: one in a hundred on each side is left out.
function most(values) {
  const sorted = values.toSorted((a, b) => a - b), few = Math.floor(values.length / 100);
  return [sorted[few], sorted[values.length - 1 - few]];
}

const LIT = ["boolean", ["feature-state", "lit"], false];

function layers({ land, card, accent, warm }) {
  return [
    { id: "sea", type: "background", paint: { "background-color": card } },
    { id: "land", type: "fill", source: "world", "source-layer": "land", paint: { "fill-color": land, "fill-antialias": false } },
    { id: "borders", type: "line", source: "world", "source-layer": "borders",
      paint: { "line-color": card, "line-width": ["interpolate", ["linear"], ["zoom"], 0, 0.6, 6, 1.6] } },
    ...Object.entries(DASHES).map(([id, dashes]) => ({
      id, type: "line", source: "ties", filter: ["==", ["get", "dashes"], id],
      layout: { "line-cap": dashes ? "butt" : "round", "line-sort-key": ["get", "links"] },
      paint: {
        "line-color": ["case", LIT, warm, accent],
        "line-width": ["case", LIT, ["+", ["get", "width"], 1], ["get", "width"]],
        "line-opacity": ["case", LIT, 1, ["get", "opacity"]],
        ...(dashes && { "line-dasharray": dashes }),
      },
    })),
    { id: "nodes", type: "circle", source: "nodes", layout: { "circle-sort-key": ["-", ["get", "radius"]] },
      paint: {
        "circle-color": ["case", LIT, warm, ["get", "home"], warm, accent], "circle-radius": ["get", "radius"],
        "circle-stroke-color": card, "circle-stroke-width": 1.2,
      } },
  ];
}

class Exploration {
  constructor(figure) {
    this.figure = figure;
    this.at = new URL(figure.dataset.explore, location);
    this.names = new Map();
    this.lit = new Set();
    this.row = null;
    this.number = new Intl.NumberFormat(document.documentElement.lang);
  }

  async begin() {
    this.told = await this.fetched(this.at);
    const { words } = this.told;
    this.stage = this.element("div", "stage");
    this.canvas = this.stage.appendChild(this.element("div", "canvas"));
    this.buttons();
    this.labels = this.stage.appendChild(this.element("div", "labels"));
    this.tip = this.stage.appendChild(this.element("div", "tip"));
    this.note = this.element("p", "shown");
    this.tip.hidden = true;
    this.figure.querySelector(".board").append(this.stage);
    this.figure.querySelector(".board").after(this.note);
    setWorkerUrl(new URL(this.figure.dataset.worker, location).href);
    this.map = new Drawn({
      container: this.canvas, attributionControl: false, dragRotate: false, pitchWithRotate: false,
      touchPitch: false, maxZoom: 10, minZoom: 0, fadeDuration: 0, cooperativeGestures: true,
      maxPitch: 0, refreshExpiredTiles: false, ...this.start(),
      locale: {
        "Map.Title": `${words.map_region}. ${words.map_keys}`,
        "CooperativeGesturesHandler.WindowsHelpText": words.map_ctrl,
        "CooperativeGesturesHandler.MacHelpText": words.map_cmd,
        "CooperativeGesturesHandler.MobileHelpText": words.map_fingers,
      },
      style: this.style(),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.listen();
    await this.map.once("load");
    await this.show();
    // One more frame, since the last may have been drawn while names were on their way.
    const drawn = this.map.once("idle");
    this.map.triggerRepaint();
    await drawn;
    await this.drawn();
    this.figure.classList.add("explored");
    this.figure.dataset.state = "ready";
    performance.mark("citylinks-map");
  }

  // Without a graphics card the first drawing takes long: the page goes on until it is there.
  async drawn() {
    const gl = this.map.getCanvas().getContext("webgl2");
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    while (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED && !gl.isContextLost()) {
      await new Promise((go) => setTimeout(go, 20));
    }
    gl.deleteSync(fence);
  }

  element(name, kind, text = "") {
    const made = document.createElement(name);
    made.className = kind;
    made.textContent = text;
    return made;
  }

  async fetched(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} ${answer.status}`);
    return answer.json();
  }

  style() {
    const tiles = new URL(this.figure.dataset.tiles, location).href;
    const drawn = { type: "geojson", data: EMPTY, tolerance: 0.2, maxzoom: 12 };
    return {
      version: 8,
      sources: {
        world: { type: "vector", tiles: [`${tiles}/{z}/{x}/{y}.pbf`], maxzoom: 5 },
        ties: drawn, nodes: drawn,
      },
      layers: layers(colours(this.figure)),
    };
  }

  // Where a country stands by which the list is filtered.
  country(filter) {
    const wanted = this.at.searchParams.get(filter)?.toUpperCase();
    const found = this.told.countries.find(([code, name]) => code === wanted || name.toUpperCase() === wanted);
    return found?.slice(2, 4);
  }

  // The part of the world at first: two countries that are asked for, that of cities, or most of it.
  start() {
    const [one, other] = ["country", "with-country"].map((name) => this.country(name));
    const width = this.figure.clientWidth;
    if (one && other) {
      const joining = way(...[one, other].map(([lon, lat]) => ({ lon, lat })));
      return { bounds: around(joining), fitBoundsOptions: { padding: 60, maxZoom: 4 } };
    }
    if (one && this.told.list === "cities") return { center: one, zoom: 4 };
    if (width < 600) return { center: one ?? [10, 48], zoom: 1.6 };
    return { center: [12, 30], zoom: Math.log2(width / 512) };
  }

  buttons() {
    const { words } = this.told, bar = this.stage.appendChild(this.element("div", "buttons"));
    const actions = [
      ["+", words.map_zoom_in, () => this.closer()], ["−", words.map_zoom_out, () => this.map.zoomOut()],
      ["⤢", words.map_whole, () => this.home()],
    ];
    for (const [sign, label, act] of actions) {
      const button = bar.appendChild(this.element("button", "", sign));
      button.type = "button";
      button.title = label;
      button.setAttribute("aria-label", label);
      button.addEventListener("click", act);
    }
  }

  // Of the whole world, closer to where most is.
  closer() {
    const [most] = this.scale === "countries" ? this.nodes : [];
    this.map.zoomIn(most ? { around: [most.lon, most.lat] } : {});
  }

  home() {
    if ((this.isFew() || this.isPair()) && this.nodes) this.fit(this.reach());
    else {
      const { bounds, fitBoundsOptions, ...view } = this.start();
      if (bounds) this.map.fitBounds(bounds, fitBoundsOptions);
      else this.map.easeTo(view);
    }
  }

  // All that is drawn of few links: their cities and ways. Between two countries a link that joins
  // others, too, leads too far, and so do the farthest of many cities.
  reach() {
    const { lon, lat, links } = this.atlas, plain = links.filter(({ cities }) => cities.length === 2);
    if (!this.isPair() || !plain.length) {
      const { nodes, ties } = single(this.atlas, this.holding());
      return [...nodes.map(({ lon, lat }) => [lon, lat]), ...ties.flatMap(({ a, b }) => way(a, b))];
    }
    const at = (city) => ({ lon: lon[city], lat: lat[city] });
    if (this.isFew()) return plain.flatMap(({ cities: [a, b] }) => way(at(a), at(b)));
    const ends = plain.flatMap(({ cities }) => cities).map((city) => [lon[city], lat[city]]);
    const [[west, east], [south, north]] = [0, 1].map((part) => most(ends.map((end) => end[part])));
    return ends.filter(([x, y]) => x >= west && x <= east && y >= south && y <= north);
  }

  isPair() {
    return !!this.country("with-country");
  }

  // Shows all of some places.
  fit(places, motion = {}) {
    if (places.length) this.map.fitBounds(around(places), { padding: 45, maxZoom: 8, ...motion });
  }

  isFew() {
    return this.told.rows <= this.told.few && this.told.cities <= this.told.few;
  }

  listen() {
    const { map } = this;
    map.on("moveend", () => attempt(this.show()));
    map.on("move", () => this.place());
    map.on("mousemove", (event) => attempt(this.point(event)));
    map.on("mouseout", () => attempt(this.point(null)));
    map.on("click", (event) => attempt(this.open(event)));
    map.on("error", ({ error }) => console.error(error));
    for (const kind of ["pointerenter", "focusin"]) {
      this.stage.addEventListener(kind, () => attempt(this.cities()), { once: true });
    }
    for (const wanted of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(wanted).addEventListener("change", () => this.recolour());
    }
    for (const kind of ["pointerover", "focusin"]) {
      document.addEventListener(kind, ({ target }) => attempt(this.light(target.closest?.("tr[data-key]") ?? null)));
    }
    this.stage.addEventListener("pointerdown", ({ pointerType }) => (this.isTouched = pointerType === "touch"), true);
    this.stage.addEventListener("keydown", ({ key }) => key === "Escape" && this.hint(null));
  }

  recolour() {
    for (const { id, paint } of layers(colours(this.figure))) {
      for (const [name, value] of Object.entries(paint)) this.map.setPaintProperty(id, name, value);
    }
  }

  // The cities and links, loaded when somebody comes near; once for each filter.
  cities() {
    const { told } = this;
    this.asked ??= this.fetched(new URL(told.atlas, location)).then((read) => {
      if (told === this.told) this.atlas = atlasOf(read, told.perDegree);
    }, (error) => {
      if (told === this.told) this.asked = undefined;
      throw error;
    });
    return this.asked;
  }

  holding() {
    return new Set(this.told.list === "cities" ? [] : this.told.holding);
  }

  // What is shown now: countries, groups of cities, or each city.
  async scene() {
    // Of two countries there would be one line.
    if (!this.isFew() && !this.isPair() && this.map.getZoom() < BY_CITY) return (this.countries ??= this.byCountry());
    const { told } = this;
    await this.cities();
    await pause();
    if (told !== this.told) return null; // Others have been asked for meanwhile.
    return this.isFew() ? single(this.atlas, this.holding()) : level(this.atlas, this.map.getZoom(), this.holding());
  }

  byCountry() {
    const nodes = this.told.countries.map(([code, name, lon, lat, links, cities]) => (
      { code, name, lon, lat, links, cities }));
    const ties = this.told.flows.map(([a, b, links, unsure]) => ({ a: nodes[a], b: nodes[b], links, unsure }));
    return { nodes, ties };
  }

  async show() {
    const first = (this.isFew() || this.isPair()) && !this.atlas, shown = this.told;
    const scene = await this.scene();
    await pause();
    if (shown !== this.told) return;
    if (first) this.fit(this.reach(), { duration: 0 });
    const { home } = this.figure.dataset;
    if (home) await this.naming(scene.nodes);
    const isOwn = ({ number }) => this.names.get(number)?.ref === home;
    const inView = this.view(), weight = this.told.list === "cities" ? "cities" : "links";
    const nodes = scene.nodes.filter(inView).sort((a, b) => b[weight] - a[weight]).slice(0, MOST_NODES);
    const near = scene.ties.filter(({ a, b }) => (inView(a) || inView(b)) && (!home || isOwn(a) || isOwn(b))).sort((a, b) => b.links - a.links);
    this.scale = scene === this.countries ? "countries" : "cities";
    this.nodes = nodes;
    this.ties = near.slice(0, MOST_TIES);
    this.most = Math.log2(Math.max(2, ...this.ties.map(({ links }) => links)));
    this.lit.clear();
    this.map.getSource("ties").setData(features(this.ties.map((tie, id) => this.line(tie, id))));
    await pause();
    if (nodes !== this.nodes) return;
    this.map.getSource("nodes").setData(features(nodes.map((node, id) => this.dot(node, id))));
    this.say(near.length);
    await this.label();
  }

  view() {
    const bounds = this.map.getBounds(), west = bounds.getWest(), width = bounds.getEast() - west;
    const south = bounds.getSouth(), north = bounds.getNorth();
    return ({ lon, lat }) => lat >= south && lat <= north &&
      (width >= 360 || (((lon - west) % 360) + 360) % 360 <= width);
  }

  line(tie, id) {
    return { type: "Feature", id, properties: { links: tie.links, ...(this.isFew() ? this.one(tie) : this.bundle(tie)) },
      geometry: { type: "LineString", coordinates: way(tie.a, tie.b) } };
  }

  // The line of one link.
  one({ link }) {
    const kinds = this.atlas.links[link].drawn.split(" ");
    const dashes = kinds.includes("friendship") ? "dashed" : kinds.some((kind) => kind === "past" || kind === "contact") ? "dotted" : "ties";
    return { width: 1.5, dashes, opacity: FAINT[kinds.find((kind) => kind in FAINT)] ?? 0.8 };
  }

  // The line of some links: as wide as they are many, fainter where most do not hold.
  bundle({ links, unsure }) {
    const power = Math.min(Math.log2(links), 11), least = this.scale === "countries" ? 0.1 : 0.22;
    const strength = least + (0.7 - least) * power / Math.max(this.most, 4);
    return { width: 0.6 + power * 0.4, dashes: "ties", opacity: 2 * unsure > links ? strength * 0.5 : strength };
  }

  dot(node, id) {
    const { lon, lat, cities, number, code } = node, { home: own } = this.figure.dataset;
    const power = Math.log2(cities), home = !!own && this.names.get(number)?.ref === own;
    const radius = code ? 1.5 + power * 0.6 : home ? 6 : Math.min(3 + power, 13);
    return { type: "Feature", id, properties: { radius, home },
      geometry: { type: "Point", coordinates: [lon, lat] } };
  }

  // What is left out is told, so that the map says no more than the list.
  say(near) {
    const { words, unplaced } = this.told, notes = [];
    const told = (key, values) => Object.entries(values).reduce(
      (text, [name, value]) => text.replace(`{${name}}`, this.number.format(value)), words[key]);
    if (near > MOST_TIES) notes.push(told("map_strongest", { shown: MOST_TIES, all: near }));
    if (unplaced) notes.push(told("map_unplaced", { number: unplaced }));
    this.note.textContent = notes.join(" ");
    this.note.hidden = !notes.length;
  }

  counted(key, count) {
    const { words } = this.told, { lang } = document.documentElement;
    const one = new Intl.PluralRules(lang).select(count) === "one";
    return words[key][one ? 0 : 1].replace("{n}", this.number.format(count));
  }

  async naming(nodes) {
    const missing = nodes.filter(({ number, name }) => !name && number !== undefined && !this.names.has(number));
    for (let at = 0; at < missing.length; at += MOST_NAMED) {
      const some = missing.slice(at, at + MOST_NAMED), asked = new URL(this.told.names, location);
      asked.searchParams.set("of", some.map(({ number }) => number).join());
      const told = await this.fetched(asked);
      told.forEach(([ref, name, lang], n) => this.names.set(some[n].number, { ref, name, lang }));
    }
  }

  named(node) {
    return node.name ?? this.names.get(node.number)?.name ?? "";
  }

  // What a node is, in words: its name, those with it, and its links.
  describe(node) {
    const { list } = this.told, parts = [];
    let name = this.named(node);
    if (node.code) parts.push(this.counted("map_cities", node.cities));
    else if (node.cities > 1) name = this.counted("map_more", node.cities - 1).replace("{name}", name);
    if (list === "links") parts.push(this.counted("link_count", node.links));
    return `${name}${parts.length ? ` · ${parts.join(" · ")}` : ""}`;
  }

  describeTie({ a, b, links, unsure, link }) {
    const { words, kind, status } = this.told, parts = [`${this.named(a)} – ${this.named(b)}`];
    if (links === 1 && link !== undefined && a.cities === 1 && b.cities === 1) {
      const one = this.atlas.links[link];
      parts.push(kind[one.kind], status[one.status]);
      if (one.since) parts.push(`${words.since_year} ${one.since}`);
    } else {
      parts.push(this.counted("link_count", links));
      if (unsure) parts.push(this.counted("map_unsure", unsure));
    }
    return parts.filter(Boolean).join(" · ");
  }

  // Where a click on a node or tie leads: an address, or what is zoomed to.
  async aim({ node, tie }) {
    if (node) {
      if (node.code) return { center: [node.lon, node.lat], zoom: 4.2 };
      if (node.cities > 1) return { center: [node.lon, node.lat], zoom: Math.min(this.map.getZoom() + 2, 10) };
      await this.naming([node]);
      const { ref } = this.names.get(node.number);
      return ref ? this.page(`/doc/city/${ref}`) : { center: [node.lon, node.lat], zoom: Math.min(this.map.getZoom() + 2, 10) };
    }
    if (tie.links === 1 && tie.link !== undefined && tie.a.cities === 1 && tie.b.cities === 1) {
      const { ref, cities } = this.atlas.links[tie.link];
      await this.naming([tie.a, tie.b]);
      const refs = [tie.a, tie.b].map(({ number }) => this.names.get(number).ref).sort();
      return this.page(`/doc/link/${ref ?? refs.join("--")}`);
    }
    if (tie.a.code) return this.page(`/countries/${[tie.a.code, tie.b.code].sort().join("/")}`);
    return { ends: [[tie.a.lon, tie.a.lat], [tie.b.lon, tie.b.lat]] };
  }

  page(path) {
    const address = new URL(path, location), lang = new URLSearchParams(location.search).get("lang");
    if (lang) address.searchParams.set("lang", lang);
    return { href: address.href };
  }

  go(aim) {
    this.hint(null);
    if (aim.href) location.assign(aim.href);
    else if (aim.ends) this.fit(aim.ends);
    else this.map.easeTo(aim);
  }

  // What is under the pointer: a dot before a line.
  under({ x, y }, reach) {
    const box = [[x - reach, y - reach], [x + reach, y + reach]];
    const [found] = this.map.queryRenderedFeatures(box, { layers: ["nodes"] });
    if (this.nodes[found?.id]) return { node: this.nodes[found.id] };
    const [line] = this.map.queryRenderedFeatures(box, { layers: Object.keys(DASHES) });
    return this.ties[line?.id] ? { tie: this.ties[line.id] } : null;
  }

  async point(event) {
    if (this.isTouched) return; // A finger points by touching: see `open`.
    const found = event && this.nodes ? this.under(event.point, 3) : null;
    this.map.getCanvas().style.cursor = found ? "pointer" : "";
    await this.hint(found, event?.point);
  }

  async open(event) {
    const touch = this.isTouched, found = this.nodes ? this.under(event.point, touch ? 12 : 4) : null;
    if (!found) return this.hint(null);
    const aim = await this.aim(found);
    // A finger has no way to ask before it goes: it is told first, with a link.
    if (touch && aim.href) await this.hint(found, event.point, aim.href);
    else this.go(aim);
  }

  async hint(found, point, href = "") {
    const asked = (this.hinted = found?.node ?? found?.tie ?? null);
    this.kindle(found);
    if (!found) return void (this.tip.hidden = true);
    await this.naming(found.node ? [found.node] : [found.tie.a, found.tie.b]);
    if (this.hinted !== asked) return;
    this.tip.textContent = found.node ? this.describe(found.node) : this.describeTie(found.tie);
    if (href) {
      const link = this.tip.appendChild(this.element("a", "", this.told.words.map_open));
      link.href = href;
    }
    this.tip.hidden = false;
    const { offsetWidth, offsetHeight } = this.tip, { clientWidth } = this.stage;
    const left = Math.min(Math.max(point.x - offsetWidth / 2, 4), clientWidth - offsetWidth - 4);
    const top = point.y - offsetHeight - 14;
    this.tip.style.transform = `translate(${left}px, ${top < 4 ? point.y + 18 : top}px)`;
  }

  // Lights lines: that under the pointer, or those of the dot under it.
  kindle(found) {
    const wanted = new Set();
    this.ties?.forEach((tie, id) => {
      if (found && (tie === found.tie || (found.node && (tie.a === found.node || tie.b === found.node)))) wanted.add(id);
    });
    for (const id of this.lit) if (!wanted.has(id)) this.map.setFeatureState({ source: "ties", id }, { lit: false });
    for (const id of wanted) if (!this.lit.has(id)) this.map.setFeatureState({ source: "ties", id }, { lit: true });
    this.lit = wanted;
  }

  // Lights the line of a row of the page's table.
  async light(row) {
    if (!this.nodes || !this.isFew() || row === this.row) return;
    this.row = row;
    await this.naming(this.nodes);
    const ref = row?.dataset.key;
    const tie = ref && this.ties.find(({ a, b, link }) => ref ===
      (this.atlas.links[link].ref ?? [a, b].map(({ number }) => this.names.get(number)?.ref).sort().join("--")));
    this.kindle(tie ? { tie } : null);
  }

  // Names beside dots: those with the most links first, as far as there is room.
  async label() {
    const { nodes } = this, shown = nodes.slice(0, 60);
    await this.naming(shown);
    if (nodes !== this.nodes) return;
    // Nothing is written under the buttons.
    const taken = [[this.stage.clientWidth - 56, 0, this.stage.clientWidth, 140]], pen = (this.pen ??= document.createElement("canvas").getContext("2d"));
    const { fontFamily, fontSize } = getComputedStyle(this.labels);
    pen.font = `600 ${fontSize} ${fontFamily}`;
    const { clientWidth, clientHeight } = this.stage, most = clientWidth < 600 ? MOST_NAMES / 2 : MOST_NAMES;
    this.labelled = [];
    for (const node of shown) {
      const text = this.named(node), radius = this.dot(node).properties.radius;
      const at = this.project(node), width = pen.measureText(text).width + 8;
      const right = at.x + radius + 3, left = right + width > clientWidth ? at.x - radius - 3 - width : right;
      const box = [left - 2, at.y - 13, left + width, at.y + 13];
      if (!text || this.labelled.length >= most || box[0] < 0 || box[1] < 0 || box[2] > clientWidth || box[3] > clientHeight) continue;
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      this.labelled.push({ node, text, dx: left - at.x });
    }
    this.labels.replaceChildren(...this.labelled.map((one) => this.name(one)));
    this.place();
  }

  name(one) {
    const { node, text } = one, city = node.cities === 1 && !node.code && this.names.get(node.number);
    const made = (one.element = this.element(city?.ref ? "a" : "button", "name", text));
    if (city?.ref) {
      made.href = this.page(`/doc/city/${city.ref}`).href;
      if (city.lang) made.lang = city.lang;
    } else {
      made.type = "button";
      made.addEventListener("click", () => attempt(this.aim({ node }).then((aim) => this.go(aim))));
    }
    made.setAttribute("aria-label", this.describe(node));
    for (const kind of ["pointerenter", "focus"]) made.addEventListener(kind, () => attempt(this.hint({ node }, this.project(node))));
    for (const kind of ["pointerleave", "blur"]) made.addEventListener(kind, () => this.hint(null));
    return made;
  }

  // The copy of a place that is nearest to the middle of the map.
  project({ lon, lat }) {
    const turns = Math.round((this.map.getCenter().lng - lon) / 360);
    return this.map.project([lon + 360 * turns, lat]);
  }

  place() {
    for (const { node, dx, element } of this.labelled ?? []) {
      const { x, y } = this.project(node);
      element.style.transform = `translate(${x + dx}px, ${y}px) translateY(-50%)`;
    }
  }

  // Shows the list by other filters, here and in the drawing that is printed.
  async filter(asked) {
    const address = new URL(this.at);
    for (const name of [...address.searchParams.keys()]) if (!["list", "lang"].includes(name)) address.searchParams.delete(name);
    for (const [name, value] of asked) if (value) address.searchParams.set(name, value);
    this.at = address;
    const told = await this.fetched(address);
    if (this.at !== address) return null;
    Object.assign(this, { told, asked: undefined, atlas: undefined, countries: undefined, nodes: [], ties: [] });
    if (!this.isFew() && this.country("country")) this.home();
    await this.show();
    return told;
  }
}

export async function explore(figure) {
  const exploration = new Exploration(figure);
  await exploration.begin();
  return exploration;
}

// The places of an answer to a query, with lines between those of one row. `learn` gives the names
// of places that are shown.
class Plot extends Exploration {
  constructor(figure, { places, ties }, words, learn) {
    super(figure);
    this.places = places;
    this.learn = learn;
    this.atlas = atlasFrom(places, ties);
    this.told = {
      words, rows: ties.length, cities: places.length, few: MOST_TIES, unplaced: 0, countries: [], flows: [],
      list: ties.length ? "links" : "cities", holding: [""], kind: {}, status: {},
    };
  }

  // All is here already.
  async fetched() {
    return this.told;
  }

  async cities() {}

  async scene() {
    return this.isFew() ? single(this.atlas, this.holding()) : level(this.atlas, this.map.getZoom(), this.holding());
  }

  start() {
    const bounds = around(this.places.map(({ lon, lat }) => [lon, lat]));
    return { bounds, fitBoundsOptions: { padding: 45, maxZoom: 8 } };
  }

  async naming(nodes) {
    const missing = nodes.filter(({ number }) => !this.names.has(number));
    if (!missing.length) return;
    const told = await this.learn(missing.map(({ number }) => this.places[number]));
    missing.forEach(({ number }, at) => this.names.set(number, { ref: this.places[number].ref, name: told[at], lang: "" }));
  }

  // A row need not be a link that has a page.
  async aim(found) {
    return found.node ? super.aim(found) : { ends: [found.tie.a, found.tie.b].map(({ lon, lat }) => [lon, lat]) };
  }
}

export async function plot(figure, shown, words, learn) {
  const drawn = new Plot(figure, shown, words, learn);
  await drawn.begin();
  return drawn;
}
