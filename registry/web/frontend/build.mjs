// Builds what browsers load into ../assets, each file named by the hash of its content:
// scripts and style sheet, bundled, and the outline of the world in the frame of our maps.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { geoEqualEarth, geoPath } from "d3-geo";
import { merge, mesh } from "topojson-client";
import { filter, filterWeight, presimplify, simplify, sphericalRingArea, sphericalTriangleArea }
  from "topojson-simplify";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "assets");
const installed = (path) => readFileSync(join(here, "node_modules", path), "utf-8");

const WIDTH = 20000; // As registry/maps/projection.py has it: two kilometres a unit.
const DETAIL = 200 / 6371 ** 2; // Square kilometres below which a bend is left out, in steradians.
const ANTARCTICA = "010";

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

async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [join(here, "site.js"), join(here, "..", "static", "style.css")],
    outdir: target, bundle: true, minify: true, write: false, format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"], legalComments: "none",
  });
  return outputFiles.map(({ path, text }) => [basename(path), text]);
}

function licences() {
  const parts = ["@github/auto-complete-element", "@github/combobox-nav", "world-atlas"];
  return parts.map((name) => {
    const { version } = JSON.parse(installed(`${name}/package.json`));
    return `${name} ${version}\n\n${installed(`${name}/LICENSE`)}`;
  }).join("\n\n") + "\n\nMap data: Natural Earth, public domain.\n";
}

function hashed(name, content) {
  const [stem, extension] = name.split(".");
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `${stem}-${hash}.${extension}`;
}

const files = [...await bundled(), ["world.svg", world()], ["licences.txt", licences()]];
rmSync(target, { recursive: true, force: true });
mkdirSync(target);
const names = {};
for (const [name, content] of files) {
  names[name] = hashed(name, content);
  writeFileSync(join(target, names[name]), content);
  console.log(`${names[name]}  ${content.length} bytes, ${gzipSync(content).length} compressed`);
}
// Last, since pages take the files for built as soon as it is there.
writeFileSync(join(target, "manifest.json"), JSON.stringify(names, null, 1) + "\n");
