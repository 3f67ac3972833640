// What a graph shows of an answer: its rows as ties between things, and the things that have most.

const PREDICATE = /^(?:p|pred|predicate|property)$/i;

const isThing = (term) => term?.type === "uri" || term?.type === "bnode";
const keyOf = ({ type, value }) => (type === "bnode" ? `_:${value}` : value);

// Whether two terms are things that a tie may join; none joins a thing with itself.
const isTie = (one, other) => isThing(one) && isThing(other) && keyOf(one) !== keyOf(other);

// The variables of a graph: what its ties lead from and to, and what they are called by; or null.
// `isProperty` tells of an IRI whether it is that of a property.
export function tiesOf({ names, rows }, isProperty) {
  const isFilled = (name, fits) => rows.some((row) => row[name]) && rows.every((row) => !row[name] || fits(row[name]));
  const [from, by, to] = names;
  if (to && isFilled(from, isThing) && isFilled(by, ({ type }) => type === "uri") && rows.some((row) => isTie(row[from], row[to]))
    && (PREDICATE.test(by) || rows.every((row) => !row[by] || isProperty(row[by].value)))) return { from, by, to };
  const isBetween = (name) => PREDICATE.test(name) || rows.every((row) => !row[name] || isProperty(row[name].value));
  const things = names.filter((name) => isFilled(name, isThing) && !isBetween(name));
  const [one, other] = things;
  return other && rows.some((row) => isTie(row[one], row[other])) ? { from: one, to: other } : null;
}

// Things and the ties between them, at most so many: of the things those with most ties. Two ties
// that lead to and fro are one, and all that joins the same two is.
export function networkOf(rows, { from, by, to }, { things, ties }) {
  const found = new Map(), joined = new Map();
  const node = (term) => {
    const key = keyOf(term);
    if (!found.has(key)) found.set(key, { key, term, degree: 0 });
    return found.get(key);
  };
  for (const row of rows.filter((one) => isTie(one[from], one[to]))) {
    const [one, other] = [node(row[from]), node(row[to])];
    const isBack = one.key > other.key, key = isBack ? `${other.key} ${one.key}` : `${one.key} ${other.key}`;
    if (!joined.has(key)) {
      joined.set(key, { source: isBack ? other : one, target: isBack ? one : other, forth: new Set(), back: new Set() });
      one.degree++;
      other.degree++;
    }
    joined.get(key)[isBack ? "back" : "forth"].add(row[by]?.value ?? "");
  }
  const all = [...found.values()].filter(({ degree }) => degree).sort((a, b) => b.degree - a.degree), kept = new Set(all.slice(0, things));
  const edges = [...joined.values()].filter(({ source, target }) => kept.has(source) && kept.has(target)).slice(0, ties);
  const ends = new Set(edges.flatMap(({ source, target }) => [source, target]));
  return { nodes: all.filter((one) => ends.has(one)), edges, allNodes: all.length, allEdges: joined.size };
}
