// Draws the network of an answer: places its things by forces, and lets them be reached by arrow
// keys. Loaded once a graph is shown, as is what reads Turtle.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { Parser } from "n3";
import { made } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 300; // Rounds in which things find their places.
const ROOM = 30; // Pixels of width for each thing whose name stands beside it.
const LONGEST = 26; // Characters of a name.
const FEW = 40; // Ties up to which each has its name beside it.
const MARGIN = 60; // Pixels around all.
const LARGEST = 2.5; // How much larger names are than their picture, so that they can be read.
const CLOSER = 1.4, CLOSEST = 4; // How much a step enlarges, and all of them together.

const TYPES = { NamedNode: "uri", BlankNode: "bnode", Literal: "literal" };
const XSD_STRING = "http://www.w3.org/2001/XMLSchema#string";

// Triples of Turtle as rows of subject, predicate and object.
export function triplesOf(turtle) {
  const term = ({ termType, value, language, datatype }) => ({
    type: TYPES[termType], value, ...(language && { "xml:lang": language }),
    ...(datatype && !language && datatype.value !== XSD_STRING && { datatype: datatype.value }),
  });
  return new Parser().parse(turtle).map(({ subject, predicate, object }) => ({ subject: term(subject), predicate: term(predicate), object: term(object) }));
}

function drawn(name, about = {}, ...inside) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(about)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

function arrange(nodes, edges) {
  forceSimulation(nodes).stop()
    .force("link", forceLink(edges).distance(120).strength(0.5)).force("apart", forceManyBody().strength(-420).distanceMax(600))
    .force("room", forceCollide(({ name }) => 24 + 1.6 * Math.min(name.length, LONGEST))).force("x", forceX().strength(0.05)).force("y", forceY().strength(0.08)).tick(STEPS);
}

// The nearest thing in a direction, within a right angle of it.
function towards(here, nodes, [x, y]) {
  const ahead = nodes.filter((one) => one !== here).map((one) => {
    const along = (one.x - here.x) * x + (one.y - here.y) * y, across = Math.abs((one.x - here.x) * y) + Math.abs((one.y - here.y) * x);
    return { one, along, far: along + 2 * across, isAhead: along > 0 && across <= along };
  }).filter(({ isAhead }) => isAhead);
  return ahead.sort((a, b) => a.far - b.far)[0]?.one;
}

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

// Draws a network; `told` words it: names of things and of what joins them, their pages, and phrases;
// and says how wide the pane is.
export function draw({ nodes, edges }, told) {
  for (const node of nodes) node.name = told.nameOf(node.term.value);
  arrange(nodes, edges);
  const [left, right] = [Math.min(...nodes.map(({ x }) => x)), Math.max(...nodes.map(({ x }) => x))];
  const [top, bottom] = [Math.min(...nodes.map(({ y }) => y)), Math.max(...nodes.map(({ y }) => y))];
  const width = right - left + 2 * MARGIN + 80, height = bottom - top + 2 * MARGIN;
  const svg = drawn("svg", { viewBox: `${left - MARGIN - 40} ${top - MARGIN} ${width} ${height}`, role: "group", "aria-label": told.label },
    drawn("defs", {}, drawn("marker", { id: "tip", viewBox: "0 0 8 8", refX: 13, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" }, drawn("path", { d: "M0 0L8 4L0 8Z" }))));
  for (const edge of edges) {
    const { source, target, forth, back } = edge;
    edge.name = [...new Set([...forth, ...back])].filter(Boolean).map(told.nameOf).join(", ");
    const line = drawn("path", { d: `M${source.x} ${source.y}L${target.x} ${target.y}`, class: "tie", ...(forth.size && { "marker-end": "url(#tip)" }), ...(back.size && { "marker-start": "url(#tip)" }) });
    edge.drawn = drawn("g", {}, line);
    if (edge.name && edges.length <= FEW) edge.drawn.classList.add("named");
    if (edge.name) edge.drawn.append(drawn("text", { x: (source.x + target.x) / 2, y: (source.y + target.y) / 2 - 3, class: "by" }, cut(edge.name)));
    svg.append(edge.drawn);
  }
  const most = told.width / ROOM;
  nodes.forEach((node, at) => {
    const { name } = node, href = told.pageOf(node.term), near = edges.filter(({ source, target }) => source === node || target === node);
    const around = near.map(({ source, target }) => (source === node ? target : source).name);
    node.near = near;
    node.drawn = drawn("a", {
      ...(href ? { href } : { role: "img" }), class: `thing${at < most ? " named" : ""}`, tabindex: at ? -1 : 0, transform: `translate(${node.x} ${node.y})`,
      "aria-label": `${name}: ${around.slice(0, 10).join(", ")}${around.length > 10 ? " …" : ""}`,
    }, drawn("title", {}, name), drawn("circle", { r: Math.min(5 + Math.sqrt(node.degree), 12) }), drawn("text", { y: 10, dy: "1em" }, cut(name)));
    node.drawn.addEventListener("focus", () => light(node));
    node.drawn.addEventListener("pointerenter", () => light(node));
    node.drawn.addEventListener("pointerleave", () => light(null));
    node.drawn.addEventListener("blur", () => light(null));
  });
  svg.append(...nodes.map((node) => node.drawn));
  const light = (node) => {
    svg.classList.toggle("lit", !!node);
    for (const edge of edges) edge.drawn.classList.toggle("near", !!node?.near.includes(edge));
    for (const one of nodes) one.drawn.classList.toggle("near", one === node || !!node?.near.some(({ source, target }) => source === one || target === one));
  };
  svg.addEventListener("keydown", (event) => {
    const here = nodes.find((node) => node.drawn === event.target), direction = DIRECTIONS[event.key];
    if (!here || !direction || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = towards(here, nodes, direction);
    if (!next) return;
    here.drawn.setAttribute("tabindex", -1);
    next.drawn.setAttribute("tabindex", 0);
    next.drawn.focus();
  });
  // Names keep their size on the screen, whatever that of the picture is.
  new ResizeObserver(() => {
    const scale = Math.min(svg.clientWidth / width, svg.clientHeight / height);
    if (scale) svg.style.setProperty("--unit", Math.min(1 / scale, LARGEST));
  }).observe(svg);
  return framed(svg, edges, told);
}

// The picture with buttons that enlarge it, and all ties as a list.
function framed(svg, edges, told) {
  let scale = 1;
  const frame = made("div", { className: "network" });
  const button = (label, sign, by) => {
    const one = made("button", { type: "button", className: "quiet", title: label, aria: { label } }, sign);
    one.addEventListener("click", () => {
      const middle = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth, level = (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight;
      scale = by ? Math.min(Math.max(scale * by, 1), CLOSEST) : 1;
      svg.style.width = svg.style.height = `${100 * scale}%`;
      frame.scrollTo(middle * frame.scrollWidth - frame.clientWidth / 2, level * frame.scrollHeight - frame.clientHeight / 2);
    });
    return one;
  };
  frame.append(svg);
  const end = ({ term, name }) => {
    const href = told.pageOf(term);
    return href ? made("a", { href }, name) : name;
  };
  const rows = edges.map(({ source, target, forth, back, name }) => {
    const [one, other] = forth.size ? [source, target] : [target, source];
    return made("li", {}, end(one), ` ${forth.size && back.size ? "↔" : "→"} `, end(other), ...(name ? [made("small", {}, ` ${name}`)] : []));
  });
  return [
    made("p", { className: "row zoom" }, button(told.words.map_zoom_in, "+", CLOSER), button(told.words.map_zoom_out, "−", 1 / CLOSER), button(told.words.map_whole, "⤢", 0)),
    frame,
    made("details", { className: "as-list" }, made("summary", {}, told.words.editor_as_list), made("ul", {}, ...rows)),
  ];
}
