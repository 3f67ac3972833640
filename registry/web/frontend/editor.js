// The editor of queries in the place of the plain field: it completes, runs a query without leaving
// the page, and shows its answer as a table, a graph, on a map, or as it came. Without this script the form
// works by itself.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";
import { CITY, Names, ask, pageOf, read, short, table } from "./answers.js";
import { bars, barsOf, fullest, periods, span, timeline, timesOf } from "./charts.js";
import { Completion, declaration } from "./completion.js";
import { dated, made, told } from "./elements.js";
import { Kept } from "./kept.js";
import { canDraw, mapOf } from "./loading.js";
import { hasPlaces, placesOf } from "./places.js";
import { networkOf, tiesOf } from "./network.js";
import { PROGRAMS, isGraph } from "./programs.js";
import { suggested } from "./suggesting.js";
import { Tabs } from "./tabs.js";

const EACH = 50; // Rows on a page of the table.
const KEPT = 50; // Queries in the history.
const LONGEST = 8_000; // Characters of an address that is shared; servers refuse longer ones.
const SHOWN = 200_000; // Characters of an answer as it came.
const DRAWN = { things: 150, ties: 400 }; // What a graph shows at most.
const STORED = "citylinks.queries";
const ACCEPT = "application/sparql-results+json, text/turtle;q=0.9";
const PLACE = /(VALUES\s+\?(\w+)\s*\{)(.*?)(\}\s*#\s*parameter\s+\2\b)/g; // As registry/saved_queries.py has it.

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: tags.variableName, color: "var(--warm)" },
  { tag: [tags.string, tags.integer, tags.float, tags.bool, tags.annotation], color: "var(--literal)" },
  { tag: [tags.url, tags.comment], color: "var(--soft)" },
]);

const LOOK = EditorView.theme({
  "&": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "8px", fontSize: ".9rem" },
  "&.cm-focused": { outline: "3px solid var(--warm)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", minHeight: "13rem", maxHeight: "34rem", borderRadius: "8px" },
  ".cm-content": { padding: ".7rem 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--soft)", border: "0", borderRadius: "8px 0 0 8px" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { background: "color-mix(in srgb, var(--accent) 22%, transparent)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "none", color: "var(--warm)" },
  ".cm-lintRange-error": { background: "none", textDecoration: "underline wavy var(--warm)", textUnderlineOffset: "3px" },
  ".cm-lintPoint::after": { borderBottomColor: "var(--warm)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "8px", boxShadow: "0 4px 14px rgb(0 0 0 / .16)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", maxHeight: "17rem", maxWidth: "min(36rem, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".25rem .7rem", lineHeight: "1.4" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > completion-section": { padding: ".3rem .7rem .1rem", borderBottom: "0", color: "var(--soft)", opacity: "1", fontSize: ".8em", fontWeight: "600" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--paper)" },
  ".cm-completionDetail": { fontStyle: "normal", color: "var(--soft)", marginLeft: ".7em" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: ".5rem .7rem", maxWidth: "20rem", fontFamily: "var(--sans)", fontSize: ".85rem" },
  ".cm-diagnostic": { borderLeftColor: "var(--warm)", fontFamily: "var(--sans)", padding: ".4rem .7rem", maxWidth: "32rem", whiteSpace: "normal" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--paper)", fontSize: "1em", padding: ".15rem .5rem", borderRadius: "6px" },
});

// Where lists and notes have room.
const room = () => ({ top: 0, left: 4, bottom: innerHeight, right: document.documentElement.clientWidth - 4 });

// The queries that were run last.
class Past extends Kept {
  constructor() {
    super(STORED, []);
  }

  get queries() {
    return this.value;
  }

  add(query) {
    this.put([{ query, at: Date.now() }, ...this.queries.filter((one) => one.query !== query)].slice(0, KEPT));
  }
}

class Editor {
  constructor(form) {
    this.form = form;
    this.words = JSON.parse(form.dataset.words);
    this.lang = document.documentElement.lang;
    this.field = form.elements.query;
    this.endpoint = new URL(form.action).href;
    this.past = new Past();
    this.names = new Names(this.endpoint, this.lang);
    this.completion = new Completion(this.words, this.lang);
    this.tabs = new Tabs(this.words, (tab, before) => this.turn(tab, before));
    this.number = new Intl.NumberFormat(this.lang);
    this.decimal = new Intl.NumberFormat(this.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  begin() {
    this.build();
    this.form.classList.add("enhanced");
    performance.mark("citylinks-editor");
    this.learn().catch(console.warn);
    const [, line, column] = this.form.dataset.fault?.match(/^(\d+) (\d+)$/) ?? [];
    if (line) this.fault({ line: +line, column: +column, detail: this.form.dataset.detail });
    if (location.hash === "#map" && this.text().trim()) this.run("map").catch(console.warn);
  }

  told(key, values) {
    return told(this.words, key, values);
  }

  text() {
    return this.view.state.doc.toString();
  }

  build() {
    const { words, form, field } = this, host = made("div", { id: "query-tab", className: "code", aria: { role: "tabpanel" } });
    const root = host.attachShadow({ mode: "open" }); // Style sheets made by scripts may be used there.
    const isAsked = new URLSearchParams(location.search).has("query") || !!document.getElementById("result");
    const { query } = this.tabs.begin(field.value, isAsked);
    field.after(this.tabs.bar, host);
    field.hidden = true;
    field.value = query;
    this.view = new EditorView({ parent: root, root, state: this.state(query) });
    this.tabs.enter = () => this.view.focus();
    this.point();
    form.querySelector('label[for="query"]').addEventListener("click", () => this.view.focus());
    this.values = made("div", { className: "values", hidden: true, aria: { role: "group", label: words.editor_values } });
    host.after(made("p", { className: "keys" }, words.editor_keys), this.values);
    this.saved = made("select", { id: "saved-query" }, made("option", { value: "" }, words.editor_choose));
    this.saved.addEventListener("change", () => this.load(this.saved.value));
    form.querySelector('label[for="query"]').before(
      made("p", { className: "row" }, made("label", { htmlFor: "saved-query" }, words.queries), this.saved),
    );
    this.runButton = form.querySelector("#format ~ button:not([name])");
    this.stopButton = made("button", { type: "button", hidden: true, className: "quiet" }, words.editor_stop);
    this.stopButton.addEventListener("click", () => this.stop?.abort());
    this.runButton.after(" ", this.stopButton);
    form.querySelector('[name="explain"]')?.classList.add("quiet");
    const share = made("button", { type: "button", className: "quiet" }, words.editor_share);
    share.addEventListener("click", () => this.share().catch(console.warn));
    this.runButton.parentElement.append(" ", share);
    form.addEventListener("submit", (event) => this.submitted(event));
    this.status = made("p", { className: "status", aria: { role: "status" } });
    this.result = document.getElementById("result") ?? made("section", { id: "result" });
    this.past.list = made("details", { className: "past" }, made("summary", {}, words.editor_history));
    this.programs = made("details", { className: "programs" }, made("summary", {}, words.editor_programs));
    this.programs.addEventListener("toggle", () => this.programs.open && this.program());
    this.past.list.addEventListener("toggle", () => this.past.list.open && this.showPast());
    form.after(this.status, this.result, made("div", { className: "more" }, this.past.list, this.programs));
    this.pick();
  }

  // A query in the field, with a history of its own changes.
  state(doc) {
    const { words } = this;
    return EditorState.create({
      doc,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (this.run().catch(console.warn), true) }])),
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), indentOnInput(),
        autocompletion({ override: this.completion.sources(), icons: false, aboveCursor: false }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
        tooltips({ position: "absolute", tooltipSpace: room }), // So they move with the field.
        sparql(), syntaxHighlighting(COLOURS), LOOK, EditorView.lineWrapping,
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": words.query, "aria-description": words.editor_keys, spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => update.docChanged && this.changed(update)),
      ],
    });
  }

  // Names the field by its tab.
  point() {
    document.getElementById("query-tab").setAttribute("aria-labelledby", `tab-${this.tabs.current.id}`);
  }

  // Shows a tab with its answer, and keeps those of the one before.
  turn(tab, before) {
    this.stop?.abort();
    const { answer, release, warnings, seconds } = this;
    Object.assign(before, { state: this.view.state, answered: answer && { answer, release, warnings, seconds }, view: this.view.dom.dataset.shown });
    this.view.setState(tab.state ?? this.state(tab.query));
    this.field.value = this.text();
    Object.assign(this, tab.answered ?? { answer: undefined, release: "" });
    this.point();
    this.pick();
    this.saved.value = "";
    this.say("");
    this.result.replaceChildren();
    if (!tab.answered) return;
    this.account();
    this.show(tab.view);
  }

  async learn() {
    const answer = await fetch(`/editor.json?lang=${this.lang}`);
    if (!answer.ok) throw new Error(`/editor.json ${answer.status}`);
    const known = (this.completion.known = await answer.json());
    const groups = Map.groupBy ? Map.groupBy(known.queries, ({ reader }) => reader) : new Map([["", known.queries]]);
    for (const [reader, queries] of groups) {
      const group = made("optgroup", { label: this.words[`audience_${reader}`] ?? "" });
      group.append(...queries.map(({ name, title }) => made("option", { value: name }, title)));
      this.saved.append(group);
    }
    this.pick();
  }

  changed() {
    this.field.value = this.text();
    this.tabs.write(this.text());
    clearTimeout(this.later);
    this.later = setTimeout(() => this.pick(), 300);
    if (this.programs?.open) this.program();
  }

  replace(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    this.view.dispatch(setDiagnostics(this.view.state, []));
  }

  load(name) {
    const wanted = this.completion.known.queries.find((query) => query.name === name);
    if (wanted) this.replace(`# ${wanted.title}\n${wanted.text}`);
    this.pick();
  }

  // The values that the query has places for, by their names; one may have several places.
  places() {
    return new Map([...this.text().matchAll(PLACE)].map(([, , name, term]) => [name, term.trim()]));
  }

  // A field for each of these values.
  pick() {
    const places = this.places(), picked = JSON.stringify([...places]);
    if (picked === this.picked) return;
    this.picked = picked;
    this.values.hidden = !places.size;
    this.values.replaceChildren(...[...places].map(([name, term]) => this.picker(name, term)));
  }

  picker(name, term) {
    const iri = term.match(/^<(.*)>$/)?.[1], date = term.match(/^"(.*)"\^\^xsd:date$/)?.[1];
    const [, quoted, kind = ""] = term.match(/^("(?:[^"\\]|\\.)*")(@[\w-]+|\^\^\S+)?$/) ?? [];
    const id = `value-${name}`, list = made("datalist", { id: `${id}-list` });
    const input = made("input", { id, value: iri ? this.called(iri) : date ?? (quoted ? JSON.parse(quoted.replaceAll("\\'", "'")) : term), autocomplete: "off" });
    const chosen = new Map();
    const offer = (rows) => {
      for (const [label, found] of rows) chosen.set(label, found);
      list.replaceChildren(...rows.map(([label]) => made("option", { value: label })));
    };
    if (date) input.type = "date";
    else if (iri === undefined && /^[+-]?\d+$/.test(term)) input.type = "number";
    if (iri !== undefined) {
      input.setAttribute("list", list.id);
      const { countries = [], concepts = [] } = this.completion.known ?? {};
      const among = countries.some(([one]) => one === iri) ? countries : concepts.filter(([one]) => one.replace(/[^/]+$/, "") === iri.replace(/[^/]+$/, ""));
      offer(among.map(([one, label]) => [label, one]));
      if (iri.startsWith(CITY)) this.names.learn([iri]).then(() => (input.value = this.called(iri))).catch(console.warn);
      input.addEventListener("input", () => {
        if (among.length || chosen.has(input.value) || input.value.trim().length < 2) return;
        suggested(input.value, this.lang, iri.startsWith(CITY) ? "city" : "").then((rows) => {
          offer(rows.map((row) => [[row.label, row.region, row.country].filter(Boolean).join(", "), row.iri]));
          if (chosen.has(input.value)) put();
        }).catch(console.warn);
      });
    }
    const put = () => {
      const { value } = input, found = chosen.get(value) ?? (/^https?:[^\s<>"{}|\\^`]+$/.test(value) ? value : undefined);
      const written = iri !== undefined ? found && `<${found}>` : date !== undefined ? value && `"${value}"^^xsd:date` : quoted ? JSON.stringify(value) + kind : value.trim();
      input.setCustomValidity(written ? "" : this.words.editor_unknown);
      if (!written) return input.reportValidity();
      const changes = [...this.text().matchAll(PLACE)].filter(([, , one]) => one === name).map((place) => {
        const from = place.index + place[1].length;
        return { from, to: from + place[3].length, insert: ` ${written} ` };
      });
      this.view.dispatch({ changes });
      this.picked = JSON.stringify([...this.places()]); // The fields are there already.
      return undefined;
    };
    input.addEventListener("input", () => input.setCustomValidity(""));
    input.addEventListener("change", put);
    return made("p", { className: "field" }, made("label", { htmlFor: id }, name), input, list);
  }

  called(iri) {
    const { countries = [], concepts = [] } = this.completion.known ?? {};
    return this.names.of(iri) || [...countries, ...concepts].find(([one]) => one === iri)?.[1] || short(iri).replace(/^city\//, "");
  }

  // Fields of the request beside the query: its release, and its graphs.
  asked(release = "") {
    const given = [...new FormData(this.form)].filter(([name, value]) => value && !["query", "format", "lang"].includes(name));
    const fields = new URLSearchParams(given);
    if (release && !fields.has("release") && !/\/release\//.test(this.endpoint)) fields.set("release", release);
    return fields;
  }

  submitted(event) {
    const isExplain = event.submitter?.name === "explain";
    if (!isExplain && this.form.elements.format.value !== "html") return; // A file is for the browser.
    event.preventDefault();
    (isExplain ? this.explain() : this.run()).catch(console.warn);
  }

  // Sends a query; `show` reads what comes.
  async send(accept, more, show) {
    this.stop?.abort();
    const stop = (this.stop = new AbortController()), begun = performance.now(), query = this.text();
    const asked = new URLSearchParams([...this.asked(), ...Object.entries(more)]);
    this.past.add(query);
    if (this.past.list.open) this.showPast();
    this.view.dispatch(setDiagnostics(this.view.state, []));
    this.stopButton.hidden = false;
    this.say(this.words.editor_running);
    this.result.replaceChildren();
    this.result.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(this.endpoint, query, asked, { Accept: accept, "Accept-Language": this.lang }, stop.signal);
      if (!answer.ok) return await this.refused(answer, query, asked, stop);
      this.release = answer.headers.get("Citylinks-Release") ?? "";
      this.warnings = (answer.headers.get("Citylinks-Warning") ?? "").split(/,\s*/).filter(Boolean);
      const body = await read(answer);
      this.seconds = (performance.now() - begun) / 1000;
      if (stop === this.stop) await show(body, answer, query);
    } catch (error) {
      if (error.name !== "AbortError") {
        this.say(this.words.editor_no_answer);
        throw error;
      }
      if (stop === this.stop) this.say(this.words.editor_stopped);
    } finally {
      if (stop === this.stop) {
        const isFocused = document.activeElement === this.stopButton;
        this.stopButton.hidden = true;
        if (isFocused) this.view.focus();
        this.result.removeAttribute("aria-busy");
      }
    }
    return undefined;
  }

  // The software that reads and draws graphs.
  drawing() {
    return import(this.form.dataset.graph);
  }

  // An answer that is a graph, with its triples as rows.
  async triples({ text, isWhole }) {
    const rows = isWhole ? (await this.drawing()).triplesOf(text) : undefined;
    return { graph: text, rows, names: ["subject", "predicate", "object"] };
  }

  run(wanted) {
    return this.send(ACCEPT, {}, async (body, answer, query) => {
      const isTable = /json/.test(answer.headers.get("Content-Type"));
      const found = isTable ? table(body) : await this.triples(body);
      this.answer = Object.assign(found, body, { query, page: 0, order: null });
      this.account();
      this.show(wanted);
    });
  }

  explain() {
    return this.send("application/json", { explain: "1" }, ({ text }) => {
      const told = JSON.parse(text), { words } = this;
      const lines = told.steps.map((step) => [
        [...step.inside, step.pattern].join(" › "),
        `  ${words.explanation_estimated}: ${step.estimated === null ? "–" : this.number.format(step.estimated)} · ${words.explanation_rows}: ${this.number.format(step.rows)} · ${this.decimal.format(step.seconds)} s`,
      ].join("\n"));
      const hints = told.hints.map((hint) => `${hint.text}\n  ${hint.pattern}`);
      const parts = [[words.explanation_steps, lines], [words.explanation_hints, hints], [words.explanation_query, [told.query]]].filter(([, rows]) => rows.length);
      this.say(`${this.told("rows", { n: told.rows })} · ${this.decimal.format(told.seconds)} s`);
      this.result.replaceChildren(...parts.flatMap(([title, rows]) => [
        made("h2", {}, title), made("pre", { className: "wrapped", tabIndex: 0, aria: { role: "region", label: title } }, rows.join("\n")),
      ]));
    });
  }

  // Says what the server refused, and marks where; of what is too long for this, its first rows.
  async refused(answer, query, asked, stop) {
    const problem = await answer.json();
    if (problem.type?.endsWith("/answer-too-large")) {
      const page = await ask(this.endpoint, query, new URLSearchParams([...asked, ["lang", this.lang], ["format", "html"]]), { Accept: "text/html" }, stop.signal);
      const rows = page.ok && new DOMParser().parseFromString(await page.text(), "text/html").getElementById("result");
      if (rows) {
        this.say("");
        return this.result.replaceChildren(...rows.childNodes);
      }
    }
    const place = problem.line ? ` (${this.words.line} ${problem.line}, ${this.words.column} ${problem.column})` : "";
    this.say("");
    const told = made("p", { className: "notice", aria: { role: "alert" } }, made("strong", {}, problem.title), ...(problem.detail ? [": ", made("span", { lang: "en" }, problem.detail)] : []), place);
    const missing = this.missing(problem.detail);
    this.result.replaceChildren(told, ...(missing ? [made("p", {}, missing.button)] : []));
    if (problem.line) this.fault(problem);
    return undefined;
  }

  fault({ line, column, detail }) {
    const { doc } = this.view.state, at = doc.line(Math.min(line, doc.lines));
    // Columns count characters, positions the units of UTF-16.
    const from = Math.min(at.from + [...at.text].slice(0, column - 1).join("").length, at.to);
    const word = doc.sliceString(from, at.to).match(/^(?:[\p{L}\p{N}_:?$.-]+|.)/u)?.[0] ?? "";
    const missing = this.missing(detail), actions = missing ? [{ name: missing.name, apply: missing.add }] : [];
    const start = word || from === at.from ? from : from - 1;
    this.view.dispatch(setDiagnostics(this.view.state, [{ from: start, to: Math.max(from + word.length, start), severity: "error", message: detail ?? "", actions }]));
    this.view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this.view.focus();
  }

  // A prefix that is not declared and could be.
  missing(detail) {
    const prefix = detail?.match(/prefix ([^\s:]*): /i)?.[1], known = this.completion.known?.prefixes ?? {};
    if (prefix === undefined || !known[prefix]) return null;
    const name = `PREFIX ${prefix}:`, button = made("button", { type: "button", className: "quiet" }, this.told("editor_declare", { prefix: name }));
    const add = () => {
      const put = declaration(this.text(), prefix, known);
      this.view.dispatch(setDiagnostics(this.view.state, []), ...(put ? [{ changes: put }] : []));
      this.result.replaceChildren();
      this.view.focus();
    };
    button.addEventListener("click", add);
    return { name, button, add };
  }

  say(text) {
    this.status.replaceChildren(text);
  }

  // How many rows, how fast, of which release, and what to mind.
  account() {
    const { rows } = this.answer, parts = [];
    if (rows) parts.push(this.told("rows", { n: rows.length }));
    parts.push(`${this.decimal.format(this.seconds)} s`);
    this.say(parts.join(" · "));
    if (this.release) this.status.append(" · ", made("a", { href: `/release/${this.release}?lang=${this.lang}` }, `${this.words.release} ${this.release.slice(0, 8)}`));
    if (this.warnings.length) {
      this.status.append(made("span", { className: "warned" }, ` · ${this.words.deviations}: ${this.warnings.join("; ")}`));
    }
  }

  show(wanted) {
    const { answer, words, result } = this;
    if (answer.boolean !== undefined) {
      return result.replaceChildren(made("h2", {}, words.result), made("p", { className: "answer" }, answer.boolean ? words.yes : words.no));
    }
    const isRead = !!answer.rows, graph = isRead && this.ties() ? [["graph", words.editor_graph]] : [];
    const views = [
      ...(answer.graph === undefined ? [] : graph), ...(isRead ? [["table", words.editor_table]] : []), ...(answer.graph === undefined ? graph : []),
      ...(isRead && hasPlaces(answer) && canDraw() ? [["map", words.editor_map]] : []), ...(isRead && barsOf(answer) ? [["chart", words.editor_chart]] : []),
      ...(isRead && timesOf(answer) ? [["times", words.editor_timeline]] : []), ["raw", answer.graph === undefined ? words.editor_raw : "Turtle"],
    ];
    const now = views.some(([name]) => name === wanted) ? wanted : views[0][0];
    const bar = made("div", { className: "views", aria: { role: "group", label: words.result } }, ...views.map(([name, label]) => {
      const button = made("button", { type: "button", aria: { pressed: name === now } }, label);
      button.addEventListener("click", () => {
        this.show(name);
        this.result.querySelector(`.views [aria-pressed="true"]`).focus();
      });
      return button;
    }));
    this.pane = made("div", { className: `pane ${now}` });
    result.replaceChildren(...[made("h2", {}, words.result), answer.isWhole ? null : made("p", { className: "notice" }, answer.rows ? this.told("first_rows", { n: answer.rows.length }) : words.editor_cut), bar, this.pane, this.downloads()].filter(Boolean));
    if (now === "table") this.table();
    else if (now === "graph") this.graph().catch(console.warn);
    else if (now === "map") this.map().catch(console.warn);
    else if (now === "chart") this.chart().catch(console.warn);
    else if (now === "times") this.timeline();
    else this.raw();
    this.view.dom.dataset.shown = now;
    return undefined;
  }

  raw() {
    const { text } = this.answer, cut = text.length > SHOWN;
    const label = this.words.editor_raw;
    this.pane.append(made("pre", { tabIndex: 0, aria: { role: "region", label } }, cut ? `${text.slice(0, SHOWN)}…` : text));
  }

  table() {
    const { answer, words, pane } = this, { names, rows } = answer, pages = Math.max(Math.ceil(rows.length / EACH), 1);
    if (!rows.length) return pane.replaceChildren(made("p", {}, words.no_rows));
    const shown = this.sorted().slice(answer.page * EACH, (answer.page + 1) * EACH);
    const head = names.map((name) => {
      const isOrder = answer.order?.name === name, sort = isOrder ? (answer.order.up ? "ascending" : "descending") : "none";
      const button = made("button", { type: "button" }, name, made("span", { aria: { hidden: true } }, isOrder ? (answer.order.up ? " ▲" : " ▼") : ""));
      button.addEventListener("click", () => this.sort(name));
      return made("th", { scope: "col", aria: { sort } }, button);
    });
    const body = shown.map((row) => made("tr", {}, ...names.map((name) => this.cell(row[name]))));
    pane.replaceChildren(made("div", { className: "scroll", tabIndex: 0, aria: { role: "region", label: words.result } },
      made("table", { className: "result" }, made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...body))));
    if (pages > 1) pane.append(this.pager(pages));
    const iris = shown.flatMap((row) => names.map((name) => row[name])).filter((term) => term?.type === "uri").map(({ value }) => value);
    if (iris.some((iri) => !this.names.found.has(iri))) {
      this.names.learn(iris, { release: this.release }).then(() => {
        if (answer !== this.answer || !body[0].isConnected) return;
        body.forEach((line, at) => line.replaceChildren(...names.map((name) => this.cell(shown[at][name]))));
      }).catch(console.warn);
    }
    return undefined;
  }

  cell(term) {
    if (!term) return made("td");
    if (term.type === "uri") {
      const name = this.names.of(term.value), text = short(term.value), href = pageOf(term.value, this.lang);
      const link = href ? made("a", { href }, name || text) : made("span", {}, name || text);
      return name ? made("td", {}, link, made("small", { className: "iri" }, text)) : made("td", {}, link);
    }
    const value = term.type === "triple" ? JSON.stringify(term.value) : term.type === "bnode" ? `_:${term.value}` : term.value, lang = term["xml:lang"];
    const isNumber = /#(integer|decimal|double|float|int|long)$/.test(term.datatype ?? "");
    return made("td", { className: [isNumber && "number", value.length <= 20 && "short"].filter(Boolean).join(" ") },
      ...(lang ? [made("span", { lang }, value), made("sup", {}, lang)] : [value]));
  }

  sort(name) {
    const { order } = this.answer;
    Object.assign(this.answer, { order: { name, up: order?.name === name ? !order.up : true }, page: 0 });
    const at = this.answer.names.indexOf(name);
    this.table();
    this.pane.querySelectorAll("thead button")[at].focus();
  }

  sorted() {
    const { rows, order } = this.answer;
    if (!order) return rows;
    const text = (term) => (term?.type === "uri" ? this.names.of(term.value) || short(term.value) : term?.value ?? "");
    const isNumber = rows.every((row) => !row[order.name] || (row[order.name].type === "literal" && row[order.name].value !== "" && !Number.isNaN(+row[order.name].value)));
    const compare = isNumber ? (a, b) => +a - +b : new Intl.Collator(this.lang, { numeric: true }).compare;
    const keyed = rows.map((row) => [text(row[order.name]), row]);
    keyed.sort(([a], [b]) => (a === "" ? (b === "" ? 0 : 1) : b === "" ? -1 : order.up ? compare(a, b) : compare(b, a))); // Nothing comes last.
    return keyed.map(([, row]) => row);
  }

  pager(pages) {
    const { answer, words } = this, step = (by, label) => {
      const button = made("button", { type: "button", className: "quiet", disabled: answer.page + by < 0 || answer.page + by >= pages }, label);
      button.addEventListener("click", () => {
        answer.page += by;
        this.table();
        this.pane.querySelector(".pages [role=status]").focus();
      });
      return button;
    };
    const told = this.told("page_of", { page: answer.page + 1, pages });
    return made("p", { className: "row pages" }, step(-1, words.previous), made("span", { tabIndex: -1, aria: { role: "status" } }, told), step(1, words.next));
  }

  async map() {
    const { answer, pane, words } = this, { worker, tiles, script, sheet } = this.form.dataset;
    const figure = made("figure", { className: "explore map-figure", data: { worker, tiles, script, sheet } }, made("div", { className: "board plain" }));
    pane.append(figure);
    const [{ plot }, shown] = await Promise.all([mapOf(figure), placesOf(answer, this.endpoint, { release: this.release })]);
    if (!figure.isConnected) return;
    if (!shown.places.length) return void pane.replaceChildren(made("p", {}, words.editor_no_places));
    await plot(figure, shown, words, async (places) => {
      await this.names.learn(places.filter(({ iri }) => iri).map(({ iri }) => iri), { release: this.release });
      return places.map(({ iri, name }) => (iri && this.names.of(iri)) || name || (iri && short(iri).slice(5)) || "");
    });
  }

  // The variables of the answer's graph, or null.
  ties() {
    const { known } = this.completion;
    this.properties ??= known && new Map(known.properties.map(([name, label]) => [name.replace(/^([\w-]*):/, (whole, prefix) => known.prefixes[prefix] ?? whole), label]));
    return tiesOf(this.answer, (iri) => !!this.properties?.has(iri));
  }

  async graph() {
    const { answer, pane, words } = this, network = networkOf(answer.rows, this.ties(), DRAWN), { nodes, edges } = network;
    if (!nodes.length) return void pane.replaceChildren(made("p", {}, words.no_rows));
    const iris = nodes.filter(({ term }) => term.type === "uri").map(({ term }) => term.value);
    const [{ draw }] = await Promise.all([this.drawing(), this.names.learn(iris, { release: this.release })]);
    if (answer !== this.answer || !pane.isConnected) return;
    const isCut = nodes.length < network.allNodes || edges.length < network.allEdges;
    const label = this.told("editor_graph_of", { things: nodes.length, ties: edges.length });
    const all = isCut ? ` ${this.told("editor_graph_cut", { things: network.allNodes, ties: network.allEdges })}` : "";
    pane.replaceChildren(made("p", { className: "sizes" }, label, all), ...draw(network, {
      label, words, width: pane.clientWidth, nameOf: (value) => this.properties?.get(value) ?? this.named({ type: "uri", value }),
      pageOf: ({ type, value }) => (type === "uri" ? pageOf(value, this.lang) : ""),
    }));
  }

  // What a term is called: as things here, as a country, or as it is written.
  named(term) {
    if (term.type !== "uri") return term.type === "bnode" ? `_:${term.value}` : term.value;
    const country = this.completion.known?.countries.find(([iri]) => iri === term.value);
    return this.names.of(term.value) || country?.[1] || short(term.value).replace(/^https?:.*[/#](?=.)/, "");
  }

  async chart() {
    const { answer, pane } = this, shape = barsOf(answer);
    await this.names.learn(answer.rows.map((row) => row[shape.label]).filter((term) => term?.type === "uri").map(({ value }) => value), { release: this.release });
    if (answer !== this.answer || !pane.isConnected) return;
    const { list, shown, all } = bars(answer, shape, (term) => this.named(term), this.number);
    pane.replaceChildren(made("p", { className: "sizes" }, `?${shape.value} · ?${shape.label}`, shown < all ? ` · ${shown} / ${this.number.format(all)}` : ""), list);
  }

  timeline() {
    const { answer, pane } = this, shape = timesOf(answer), columns = periods(answer, shape), best = fullest(columns);
    const label = this.told("editor_timeline_of", { first: span(columns[0]), last: span(columns.at(-1)), best: span(best), most: best.amount });
    pane.replaceChildren(made("p", { className: "sizes" }, label), timeline(columns, label, this.number));
  }

  // The whole answer in each format that it has.
  downloads() {
    const formats = [...this.form.elements.format.options].filter(({ value, dataset }) => value !== "html" && (dataset.kind === "graph") === (this.answer.graph !== undefined));
    const fields = [["query", this.answer.query], ...this.asked(this.release)];
    const isLong = new URLSearchParams(fields).toString().length > 6000;
    return made("form", { action: this.endpoint, method: isLong ? "post" : "get" }, made("p", { className: "row files" },
      ...fields.map(([name, value]) => made("input", { type: "hidden", name, value })),
      made("span", {}, this.words.whole_answer), ...formats.map(({ value, textContent }) => made("button", { name: "format", value, className: "quiet" }, textContent))));
  }

  // The address of the query, of the release that it was asked of.
  async share() {
    const address = new URL(this.endpoint), view = this.view.dom.dataset.shown === "map" ? "#map" : "";
    for (const [name, value] of [["query", this.text()], ...this.asked(this.release || this.form.dataset.release)]) address.searchParams.append(name, value);
    const href = address.href + view;
    if (href.length > LONGEST) return this.say(this.words.editor_too_long);
    const shown = made("input", { value: href, readOnly: true, className: "address", aria: { label: this.words.editor_share } });
    const isCopied = await navigator.clipboard?.writeText(href).then(() => true, () => false);
    this.say(isCopied ? `${this.words.editor_copied} ` : "");
    this.status.append(shown);
    return shown.select();
  }

  program() {
    const query = this.text(), asked = this.asked().toString(), endpoint = asked ? `${this.endpoint}?${asked}` : this.endpoint;
    const names = Object.keys(PROGRAMS).filter((name) => !isGraph(query) || !/pandas|^R$/.test(name));
    const select = made("select", { id: "program-for" }, ...names.map((name) => made("option", { selected: name === this.chosen }, name)));
    const code = made("pre", { tabIndex: 0, aria: { role: "region", label: this.words.editor_programs } });
    const copy = made("button", { type: "button", className: "quiet" }, this.words.editor_copy);
    const write = () => {
      this.chosen = select.value;
      code.textContent = PROGRAMS[select.value](endpoint, query);
    };
    select.addEventListener("change", write);
    copy.addEventListener("click", () => navigator.clipboard?.writeText(code.textContent).then(() => (copy.textContent = this.words.editor_copied), console.warn));
    write();
    this.programs.replaceChildren(this.programs.firstChild, made("p", { className: "row" }, made("label", { htmlFor: "program-for" }, this.words.editor_for), select, copy), code);
  }

  showPast() {
    const { past, words } = this, day = dated(this.lang, { dateStyle: "medium", timeStyle: "short" });
    const clear = made("button", { type: "button", className: "quiet" }, words.editor_clear);
    clear.addEventListener("click", () => {
      past.clear([]);
      this.showPast();
      past.list.firstChild.focus();
    });
    const rows = past.queries.map(({ query, at }) => {
      const button = made("button", { type: "button", className: "again" }, query.replace(/^\s*PREFIX[^\n]*\n/gim, "").replace(/\s+/g, " ").trim().slice(0, 160) || "–");
      button.addEventListener("click", () => {
        this.replace(query);
        this.view.focus();
      });
      return made("li", {}, made("small", {}, day.format(at)), button);
    });
    past.list.replaceChildren(past.list.firstChild, made("p", {}, past.isKept ? words.editor_kept : words.editor_not_kept), rows.length ? made("ol", {}, ...rows) : made("p", {}, words.editor_no_past), ...(rows.length ? [clear] : []));
  }
}

for (const form of document.querySelectorAll("form.editor[data-words]")) new Editor(form).begin();
