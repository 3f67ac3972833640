// Answers of the endpoint, read as far as a page can hold them, and what their IRIs are called.
const MOST = 6_000_000; // Characters of an answer that are read.
const LONGEST = 6_000; // Characters of an address; what is longer is sent in a body.

export const ID = "https://w3id.org/citylinks/id/";
export const CITY = `${ID}city/`;
const BASE = "https://w3id.org/citylinks/";

// Asks a query; `asked` are fields of the request beside the query.
export function ask(endpoint, query, asked, headers, signal) {
  const fields = new URLSearchParams([["query", query], ...asked]);
  const address = `${endpoint}?${fields}`;
  if (address.length <= LONGEST) return fetch(address, { headers, signal });
  return fetch(endpoint, { method: "POST", body: fields, headers, signal });
}

// Reads an answer, and whether it is all of it.
export async function read(answer) {
  const reader = answer.body.getReader(), decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    if (done) return { text, isWhole: true };
    if (text.length > MOST) break;
  }
  await reader.cancel();
  return { text, isWhole: false };
}

// The end of the last whole row in the beginning of results as JSON: rows are objects three deep.
export function endOfRows(text) {
  let depth = 0, end = -1;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    } else if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") {
      depth--;
      if (sign === "}" && depth === 3) end = at + 1;
    }
  }
  return end;
}

// Variables and rows of results as JSON, or of their beginning.
export function table({ text, isWhole }) {
  const whole = isWhole ? text : `${text.slice(0, endOfRows(text))}]}}`;
  const { head, results, boolean } = JSON.parse(whole);
  return boolean === undefined ? { names: head.vars ?? [], rows: results.bindings } : { boolean };
}

// An IRI of ours by what is its own, others in full.
export const short = (iri) => (iri.startsWith(ID) ? iri.slice(ID.length) : iri.startsWith(BASE) ? iri.slice(BASE.length) : iri);

// The page of an IRI: ours on this server, others where they are.
export function pageOf(iri, lang) {
  if (iri.startsWith(ID)) return `/doc/${iri.slice(ID.length)}?lang=${lang}`;
  if (iri.startsWith(`${BASE}scheme/`)) return `/doc/${iri.slice(BASE.length)}?lang=${lang}`;
  if (iri.startsWith(BASE)) {
    const [path, part] = iri.slice(BASE.length).split("#");
    return `/${path}?lang=${lang}${part ? `#${part}` : ""}`;
  }
  return /^https?:/.test(iri) ? iri : "";
}

const list = (iris) => iris.map((iri) => `<${iri}>`).join(" ");
const SKOS = "http://www.w3.org/2004/02/skos/core#", GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#";
const NAMING = [`${SKOS}prefLabel`, "http://purl.org/dc/terms/title", "http://xmlns.com/foaf/0.1/name", "http://www.w3.org/2000/01/rdf-schema#label"];

async function rows(endpoint, query, asked) {
  const answer = await fetch(endpoint, { method: "POST", body: new URLSearchParams({ query, ...asked }), headers: { Accept: "application/sparql-results+json" } });
  if (!answer.ok) throw new Error(`${endpoint} ${answer.status}`);
  return (await answer.json()).results.bindings;
}

// Names of things in a language, else in English, by IRI.
export class Names {
  constructor(endpoint, lang) {
    Object.assign(this, { endpoint, lang, found: new Map() });
  }

  async learn(iris, asked) {
    const missing = [...new Set(iris)].filter((iri) => !this.found.has(iri) && iri.startsWith(BASE) && !/[\s<>"{}|\\^`]/.test(iri));
    for (let at = 0; at < missing.length; at += 200) {
      const some = missing.slice(at, at + 200), langs = [this.lang, "en", "und", ""].map((tag) => `"${tag}"`).join();
      const named = NAMING.map((naming) => `{ VALUES ?thing { ${list(some)} } ?thing <${naming}> ?name }`).join(" UNION ");
      const told = await rows(this.endpoint, `SELECT ?thing ?name { ${named} FILTER(LANG(?name) IN (${langs})) }`, asked);
      for (const iri of some) this.found.set(iri, "");
      const rank = new Map();
      for (const { thing, name } of told) {
        const at = [this.lang, "en"].indexOf(name["xml:lang"] ?? "") + 1 || 3;
        if (at < (rank.get(thing.value) ?? 9)) {
          rank.set(thing.value, at);
          this.found.set(thing.value, name.value);
        }
      }
    }
  }

  of(iri) {
    return this.found.get(iri) ?? "";
  }
}

// Where cities are, by IRI.
export async function positions(endpoint, iris, asked) {
  const found = new Map();
  for (let at = 0; at < iris.length; at += 1000) {
    const told = await rows(endpoint, `SELECT ?city ?lat ?lon { VALUES ?city { ${list(iris.slice(at, at + 1000))} } ?city <${GEO}lat> ?lat ; <${GEO}long> ?lon }`, asked);
    for (const { city, lat, lon } of told) found.set(city.value, { lon: +lon.value, lat: +lat.value });
  }
  return found;
}
