// Builds what browsers load into ../assets, each file named by the hash of its content: scripts and
// style sheets, bundled, the outline of the world in the frame of our maps, its vector tiles, and
// the diagram of the ontology.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { geoEqualEarth, geoPath } from "d3-geo";
import { merge, mesh } from "topojson-client";
import { filter, filterWeight, presimplify, simplify, sphericalRingArea, sphericalTriangleArea }
  from "topojson-simplify";
import { diagram } from "./diagram.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "assets");
const installed = (path) => readFileSync(join(here, "node_modules", path), "utf-8");

const WIDTH = 20000; // As registry/maps/projection.py has it: two kilometres a unit.
const DETAIL = 200 / 6371 ** 2; // Square kilometres below which a bend is left out, in steradians.
const ANTARCTICA = "010";
const CLOSEST = 5; // The zoom of the last tiles: closer maps enlarge them.
const TILES = { maxZoom: CLOSEST, indexMaxZoom: CLOSEST, indexMaxPoints: 0, tolerance: 6, buffer: 64 };

function world() {
  const whole = presimplify(JSON.parse(installed("world-atlas/countries-50m.json")),
    sphericalTriangleArea);
  const bent = simplify(whole, DETAIL);
  const topology = filter(bent, filterWeight(bent, 2 * DETAIL, sphericalRingArea));
  const { countries } = topology.objects;
  const shown = countries.geometries.filter(({ id }) => id !== ANTARCTICA);
  const path = geoPath(geoEqualEarth().fitWidth(WIDTH, { type: "Sphere" })).digits(0);
  const land = path(merge(topology, shown));
  const borders = path(mesh(topology, countries, (one, other) => one !== other));
  return '<svg xmlns="http://www.w3.org/2000/svg">' +
    `<path id="sphere" d="${path({ type: "Sphere" })}"/><path id="land" d="${land}"/>` +
    `<path id="borders" fill="none" vector-effect="non-scaling-stroke" d="${borders}"/></svg>\n`;
}

// Positions of a line go on beyond 180 degrees where they would jump to the other edge of the map.
function unrolled(line) {
  let turn = 0;
  const longitudes = line.map(([lon], at) => {
    if (at && Math.abs(lon - line[at - 1][0]) > 180) turn += lon > 0 ? -360 : 360;
    return lon + turn;
  });
  const middle = (Math.min(...longitudes) + Math.max(...longitudes)) / 2;
  const back = 360 * Math.round(middle / 360);
  return line.map(([, lat], at) => [longitudes[at] - back, lat]);
}

// Land and borders as vector tiles, each with its path; one of the open sea is empty.
function tiles() {
  const topology = JSON.parse(installed("world-atlas/countries-10m.json"));
  const { countries } = topology.objects;
  const shown = countries.geometries.filter(({ id }) => id !== ANTARCTICA);
  const cut = (geometry) => new GeoJSONVT({ type: "Feature", properties: {}, geometry }, TILES);
  const land = merge(topology, shown);
  const borders = mesh(topology, countries, (one, other) => one !== other);
  const layers = {
    land: cut({ ...land, coordinates: land.coordinates.map((rings) => rings.map(unrolled)) }),
    borders: cut({ ...borders, coordinates: borders.coordinates.map(unrolled) }),
  };
  const found = [];
  for (let z = 0; z <= CLOSEST; z++) for (let x = 0; x < 2 ** z; x++) for (let y = 0; y < 2 ** z; y++) {
    const there = Object.entries(layers).map(([name, index]) => [name, index.getTile(z, x, y)])
      .filter(([, tile]) => tile?.features.length);
    const content = there.length ? fromGeojsonVt(Object.fromEntries(there), { version: 2 }) : "";
    found.push([join(`${z}`, `${x}`, `${y}.pbf`), content]);
  }
  return found;
}

// What the editor of queries is made of.
const EDITOR = [
  ...["autocomplete", "commands", "language", "lint", "state", "view"].map((name) => `@codemirror/${name}`),
  ...["common", "highlight", "lr"].map((name) => `@lezer/${name}`),
  "@marijn/find-cluster-break", "codemirror-lang-sparql", "crelt", "style-mod", "w3c-keyname",
];

// What draws and reads graphs.
const GRAPH = ["d3-dispatch", "d3-force", "d3-quadtree", "d3-timer"];

async function bundled() {
  const { outputFiles } = await build({
    entryPoints: ["site.js", "map.js", "map.css", "editor.js", "editor.css", "graph.js", "link.js", "link.css"].map((name) => join(here, name))
      .concat(join(here, "..", "static", "style.css")),
    outdir: target, bundle: true, minify: true, write: false, format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"], legalComments: "none",
  });
  return outputFiles.map(({ path, text }) => [basename(path), text]);
}

// The part of the map's software that works beside the page, as its package has it.
function worker() {
  return installed("maplibre-gl/dist/maplibre-gl-worker.mjs").replace(/^\/\/# sourceMap.*$/m, "");
}

function licences() {
  const parts = {
    "@github/auto-complete-element": "LICENSE", "@github/combobox-nav": "LICENSE",
    ...Object.fromEntries([...EDITOR, ...GRAPH].map((name) => [name, "LICENSE"])), "n3": "LICENSE.md",
    "maplibre-gl": "LICENSE.txt", "world-atlas": "LICENSE",
  };
  return Object.entries(parts).map(([name, file]) => {
    const { version } = JSON.parse(installed(`${name}/package.json`));
    return `${name} ${version}\n\n${installed(`${name}/${file}`)}`;
  }).join("\n\n") + "\n\nMap data: Natural Earth, public domain.\n";
}

function hashed(name, content) {
  const [stem, extension] = name.split(".");
  return `${stem}-${hash(content)}${extension ? `.${extension}` : ""}`;
}

const hash = (content) => createHash("sha256").update(content).digest("hex").slice(0, 12);

const ontology = readFileSync(join(here, "..", "..", "..", "ontology", "citylinks.ttl"), "utf-8");
const files = [...await bundled(), ["worker.js", worker()], ["world.svg", world()],
  ["licences.txt", licences()],
  ["ontology.json", JSON.stringify(diagram(ontology))]];
const cut = tiles();
rmSync(target, { recursive: true, force: true });
mkdirSync(target);
const names = {};
for (const [name, content] of files) {
  names[name] = hashed(name, content);
  writeFileSync(join(target, names[name]), content);
  console.log(`${names[name]}  ${content.length} bytes, ${gzipSync(content).length} compressed`);
}
// A folder of tiles is named by the hash of them all.
names.tiles = hashed("tiles", Buffer.concat(cut.map(([path, content]) => Buffer.from(path + hash(content)))));
for (const [path, content] of cut) {
  mkdirSync(dirname(join(target, names.tiles, path)), { recursive: true });
  writeFileSync(join(target, names.tiles, path), content);
}
console.log(`${names.tiles}  ${cut.length} tiles`);
// Last, since pages take the files for built as soon as it is there.
writeFileSync(join(target, "manifest.json"), JSON.stringify(names, null, 1) + "\n");
