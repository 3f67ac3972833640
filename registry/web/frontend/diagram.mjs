// Lays out the main classes of the ontology, and the relations that lead from one to another.
//
//     { width, height, classes: [{ name, x, y, width, height }],
//       relations: [{ from, to, names, x, y, points: [[x, y], …] }] }
//
// Left out are derived relations and those of many kinds of things, which lead everywhere. Boxes are
// as wide as the longest of their labels, whatever its language.
import dagre from "@dagrejs/dagre";
import { Parser, Store } from "n3";

const CL = "https://w3id.org/citylinks/ontology#";
const OWL = "http://www.w3.org/2002/07/owl#";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RDFS = "http://www.w3.org/2000/01/rdf-schema#";
const SCHEMA = "http://schema.org/";
const SKOS = "http://www.w3.org/2004/02/skos/core#";
const MANY = 4; // Kinds of things.
const LETTER = 7.4, SMALL_LETTER = 6.4, LINE = 14; // Pixels, of the sizes in style.css.

export function diagram(turtle) {
  const store = new Store(new Parser().parse(turtle));
  const values = (iri, ...names) =>
    names.flatMap((name) => store.getObjects(iri, name, null)).map(({ value }) => value);
  const own = (iris) => iris.filter((iri) => iri.startsWith(CL));
  const broadest = (iri) => {
    const [broader] = own(values(iri, `${RDFS}subClassOf`));
    return broader ? broadest(broader) : iri;
  };
  const isDerived = (iri) => values(iri, `${SKOS}note`).some((text) => text.startsWith("Derived"));
  const longest = (iri) => Math.max(...values(iri, `${RDFS}label`).map(({ length }) => length));

  const found = new Map();
  const properties = store.getSubjects(`${RDF}type`, `${OWL}ObjectProperty`, null);
  for (const property of own(properties.map(({ value }) => value)).sort()) {
    const ends = ["domain", "range"].map((end) =>
      new Set(own(values(property, `${RDFS}${end}`, `${SCHEMA}${end}Includes`)).map(broadest)));
    if (isDerived(property) || ends[0].size >= MANY) continue;
    for (const from of ends[0]) for (const to of ends[1]) if (from !== to) {
      const key = `${from} ${to}`;
      found.set(key, [...(found.get(key) ?? []), property]);
    }
  }

  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 30, edgesep: 10, marginx: 4, marginy: 4 });
  for (const [key, between] of [...found].sort()) {
    const [from, to] = key.split(" ");
    for (const iri of [from, to]) graph.setNode(iri, { width: LETTER * longest(iri) + 20, height: 36 });
    const width = SMALL_LETTER * Math.max(...between.map(longest));
    graph.setEdge(from, to, { between, width, height: LINE * between.length, labelpos: "c" });
  }
  dagre.layout(graph);

  const name = (iri) => iri.slice(CL.length);
  const { width, height } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    classes: graph.nodes().map((iri) => {
      const { x, y, width, height } = rounded(graph.node(iri));
      return { name: name(iri), x, y, width, height };
    }),
    relations: graph.edges().map((edge) => {
      const { between, points, x, y } = graph.edge(edge);
      return {
        from: name(edge.v), to: name(edge.w), names: between.map(name), ...rounded({ x, y }),
        points: points.map((point) => Object.values(rounded({ x: point.x, y: point.y }))),
      };
    }),
  };
}

const rounded = (numbers) => Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, Math.round(n)]));
