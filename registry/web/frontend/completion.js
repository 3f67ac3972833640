// What is completed in a query: words of SPARQL, variables, prefixes, classes, properties, concepts
// and countries at once, and things by their names as the server finds them.
import { pickedCompletion } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { suggested } from "./suggesting.js";

const KEYWORDS = ("SELECT DISTINCT WHERE FILTER OPTIONAL UNION MINUS GRAPH VALUES BIND AS FROM NAMED " +
  "CONSTRUCT ASK DESCRIBE PREFIX LIMIT OFFSET EXISTS NOT IN COUNT SUM MIN MAX AVG SAMPLE " +
  "GROUP_CONCAT SEPARATOR STR LANG LANGMATCHES DATATYPE BOUND IF COALESCE CONTAINS STRSTARTS " +
  "STRENDS LCASE UCASE CONCAT REGEX REPLACE YEAR MONTH DAY NOW UNDEF").split(" ")
  .concat("GROUP BY", "ORDER BY", "HAVING");
const MOST = 30; // Options of one kind.
const PATIENCE = 150; // Milliseconds until the server is asked.
const NAME = /[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}\p{N}_.-]*)?$/u;
const BRACKET = /<[^<>"{}|^`\\\n]*$/; // A name with spaces, begun as an IRI is.
const DECLARED = /\bPREFIX\s+([^:\s]*):\s*<[^>\n]*>/gi;
const PROLOGUE = /^(?:\s|#[^\n]*\n|PREFIX\s+[^:\s]*:\s*<[^>\n]*>|BASE\s*<[^>\n]*>)*/i;

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// The words of a term: of its label, and of its name in an IRI.
const parts = (text) => fold(text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")).split(/[\s:/.,()-]+/);

// How well a name fits what is typed: 0 from its beginning, 1 from that of a word, -1 not at all.
function fit(typed, ...names) {
  if (names.some((name) => fold(name).startsWith(typed))) return 0;
  return names.some((name) => parts(name).some((part) => part.startsWith(typed))) ? 1 : -1;
}

// Where a declaration goes, and what is put there; nothing where the prefix is declared.
export function declaration(text, prefix, prefixes) {
  const isDeclared = [...text.matchAll(DECLARED)].some(([, name]) => name === prefix);
  if (isDeclared || !prefixes[prefix]) return null;
  const from = text.match(PROLOGUE)[0].trimEnd().length, line = `PREFIX ${prefix}: <${prefixes[prefix]}>`;
  return { from, insert: from ? `\n${line}` : `${line}\n\n` };
}

export class Completion {
  constructor(words, lang) {
    Object.assign(this, { words, lang, known: null });
  }

  sources() {
    return [(context) => this.local(context), (context) => this.remote(context)];
  }

  // What stands before the cursor, unless it is in a comment or a text.
  typed(context) {
    const inside = syntaxTree(context.state).resolveInner(context.pos, -1).name;
    if (inside === "Comment" || inside === "String") return null;
    const bracket = context.matchBefore(BRACKET);
    if (bracket && !/^<(https?:|\s|=)/.test(bracket.text)) return { from: bracket.from, text: bracket.text.slice(1), isName: true };
    if (bracket) return null;
    const variable = context.matchBefore(/[?$]\w*$/);
    if (variable) return { from: variable.from, text: variable.text, isVariable: true };
    const name = context.matchBefore(NAME);
    return name ?? (context.explicit ? { from: context.pos, text: "" } : null);
  }

  local(context) {
    const typed = this.typed(context), text = context.state.doc.toString();
    if (!typed) return null;
    if (typed.isVariable) {
      const names = new Set([...text.matchAll(/[?$]\w+/g)].map(([name]) => name));
      names.delete(typed.text);
      return { from: typed.from, options: [...names].map((label) => ({ label, type: "variable" })) };
    }
    const wanted = fold(typed.text), options = [];
    const add = (section, rank, rows) => {
      const found = rows.filter(({ fits }) => fits >= 0).sort((a, b) => a.fits - b.fits).slice(0, MOST);
      options.push(...found.map(({ option }) => ({ ...option, section: { name: section, rank } })));
    };
    if (!typed.isName && wanted && !typed.text.includes(":")) {
      const begun = KEYWORDS.filter((label) => wanted.length > 1 && label.toLowerCase().startsWith(wanted));
      add(this.words.editor_keywords, 0, begun.map((label) => ({ fits: 0, option: { label, type: "keyword" } })));
    }
    if (this.known) this.terms(typed, wanted, add);
    return options.length ? { from: typed.from, options, filter: false } : null;
  }

  terms(typed, wanted, add) {
    const { prefixes, classes, properties, concepts, countries } = this.known, { words } = this;
    const term = (type) => ([name, label, , about]) => ({
      fits: name.includes(":") && typed.text.includes(":") ? this.fitPrefixed(typed.text, name, label) : fit(wanted, name, name.split(":")[1] ?? "", label),
      option: { label: name, detail: label === name ? "" : label, info: about || undefined, type, apply: this.put(...this.written(name)) },
    });
    const thing = (detail) => ([iri, label, scheme]) => ({
      fits: wanted ? fit(wanted, label) : -1,
      option: { label, detail: scheme ?? detail, apply: this.put(`<${iri}>`) },
    });
    if (!typed.text.includes(":")) {
      add(words.countries, 1, countries.map(thing("")));
      add(words.editor_concepts, 5, concepts.map(thing("")));
    }
    if (typed.isName) return;
    add(words.properties, 2, properties.map(term("property")));
    add(words.classes, 3, classes.map(term("class")));
    if (!typed.text.includes(":") && wanted) {
      add(words.editor_prefixes, 4, Object.entries(prefixes).map(([name, iri]) => ({
        fits: fold(name).startsWith(wanted) ? 0 : -1, option: { label: `${name}:`, detail: iri, apply: this.put(`${name}:`, name) },
      })));
    }
  }

  fitPrefixed(typed, name, label) {
    const [prefix, local] = typed.split(":"), [own, rest] = name.split(":");
    return prefix === own ? fit(fold(local), rest, label) : -1;
  }

  // How a term is written, with its prefix if it has one.
  written(name) {
    const prefix = name.split(":")[0];
    return prefix in this.known.prefixes && !name.startsWith("http") ? [name, prefix] : [`<${name}>`];
  }

  // Puts a text in the place of what is typed, and declares its prefix; a closing bracket that is
  // there is taken along.
  put(text, prefix) {
    return (view, completion, from, to) => {
      const whole = view.state.doc.toString(), changes = [], declared = prefix && declaration(whole, prefix, this.known.prefixes);
      const end = text.endsWith(">") && whole[from] === "<" && whole[to] === ">" ? to + 1 : to;
      if (declared) changes.push(declared);
      changes.push({ from, to: end, insert: text });
      const anchor = from + text.length + (declared ? declared.insert.length : 0);
      view.dispatch({ changes, selection: { anchor }, scrollIntoView: true, userEvent: "input.complete", annotations: pickedCompletion.of(completion) });
    };
  }

  async remote(context) {
    const typed = this.typed(context);
    if (!typed || typed.isVariable || typed.text.trim().length < 2 || typed.text.includes(":")) return null;
    if (!typed.isName && typed.text === typed.text.toUpperCase() && /^[A-Z_]+$/.test(typed.text)) return null;
    const stop = new AbortController();
    context.addEventListener("abort", () => stop.abort());
    await new Promise((go) => setTimeout(go, context.explicit ? 0 : PATIENCE));
    if (context.aborted) return null;
    const rows = await suggested(typed.text, this.lang, "", stop.signal).catch((error) => {
      if (error.name !== "AbortError") console.warn(error);
      return [];
    });
    const section = { name: this.words.editor_things, rank: 6 };
    const options = rows.map(({ iri, label, kind, region, country, matched }) => ({
      label, detail: [matched === label ? "" : matched, region, country, kind].filter(Boolean).join(", "), section, apply: this.put(`<${iri}>`),
    }));
    return options.length ? { from: typed.from, options, filter: false } : null;
  }
}
