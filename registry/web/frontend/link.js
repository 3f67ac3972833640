// The desk on which a table is linked: its columns are chosen above its first rows, rows of which
// no city is certain are decided one after the other, and the table is taken with what was decided.
// Decisions stay on the device. Without this script the form gives the table back at once.
import { made, told } from "./elements.js";
import { Kept } from "./kept.js";
import { suggested } from "./suggesting.js";

const STORED = "citylinks.tables";
const KEPT = 20; // Tables whose decisions are kept.
const PATIENCE = 250; // Milliseconds until the server is asked what is called so.
const LONG = 5000; // Rows from which on a table is linked as a job.
const AGAIN = 2000; // Milliseconds until the server is asked again how far a job is.
const FIELDS = {
  name: "column", country: "country-column", region: "region-column", latitude: "latitude-column",
  longitude: "longitude-column", identifier: "identifier-column",
};
const CITY = "https://w3id.org/citylinks/id/";

class Desk {
  constructor(form) {
    this.form = form;
    this.words = JSON.parse(form.dataset.words);
    this.lang = document.documentElement.lang;
    this.kept = new Kept(STORED, {});
    this.status = made("p", { className: "desk-status", aria: { role: "status" } });
    this.preview = made("div", { className: "sample" });
    this.result = made("section", { id: "desk", tabIndex: -1 });
    this.result.addEventListener("keydown", (event) => this.pressed(event));
    this.asked = 0;
  }

  told(key, values) {
    return told(this.words, key, values);
  }

  begin() {
    const { form } = this, { file, content } = form.elements;
    form.classList.add("enhanced");
    form.elements.column.required = false; // It is hidden, and its value comes from the columns.
    form.querySelector("fieldset").before(this.preview);
    form.after(this.status, this.result);
    file.addEventListener("change", () => this.read());
    content.addEventListener("input", () => {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.read(), PATIENCE);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.review().catch((error) => this.fail(error));
    });
    if (form.dataset.job) this.resume(form.dataset.job).catch((error) => this.fail(error));
    else this.read();
  }

  get hasTable() {
    return this.form.elements.file.files.length > 0 || this.form.elements.content.value.trim() !== "";
  }

  // Send the form for a step; what the server refuses is an error in its words.
  async send(step, more = {}) {
    const address = new URL(this.form.action), sent = new FormData(this.form);
    if (step) sent.set("step", step);
    if (sent.get("file")?.size) sent.delete("content");
    else if (this.job && !this.hasTable) sent.set("job", this.job);
    for (const [name, value] of Object.entries(more)) sent.set(name, value);
    address.searchParams.set("lang", this.lang);
    const isLong = step !== "columns" && this.table?.rows >= LONG;
    const answer = await fetch(address, { method: "POST", body: sent, headers: { Accept: "*/*", ...(isLong && { Prefer: "respond-async" }) } });
    if (answer.status === 202) return this.awaited(answer.headers.get("Location"));
    if (answer.ok) return answer;
    return this.refuse(await answer.json());
  }

  refuse({ title, detail, line }) {
    throw new Error([title, detail].filter(Boolean).join(": ") + (line ? ` (${this.told("desk_line", { line })})` : ""));
  }

  // Wait for a job, which has a page of its own, and return its result.
  async awaited(address) {
    const job = await this.jobAt(address), page = `${address}?lang=${this.lang}`;
    if (job.state === "failed") return this.refuse(job);
    if (job.state === "interrupted") throw new Error(this.words.desk_failed);
    if (job.state === "done") return fetch(job.result);
    const [before, after] = this.words.desk_job.split("{link}");
    this.status.replaceChildren(made("progress"), " ", before, made("a", { href: page }, new URL(page, location).href.split("?")[0]), after);
    await new Promise((done) => setTimeout(done, AGAIN));
    return this.awaited(address);
  }

  async jobAt(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : this.refuse(await answer.json());
  }

  // Go on with the table that a job keeps.
  async resume(name) {
    const job = await this.jobAt(`/jobs/${name}`), { elements } = this.form;
    this.job = name;
    for (const [field, column] of Object.entries(job.columns)) elements[FIELDS[field] ?? "country"].value = column;
    for (const box of this.form.querySelectorAll("[name=with]")) box.checked = job.with.includes(box.value);
    this.busy(this.words.desk_reading);
    this.know(await (await this.send("columns")).json());
    this.sample(this.columns);
    await this.review();
  }

  // Remember a table, and what was decided of it before.
  know(table) {
    this.table = table;
    this.isNew = !this.kept.value[table.sha256];
    this.undone = new Set();
    this.decisions = new Map(Object.entries(this.kept.value[table.sha256]?.decisions ?? {}).map(([line, id]) => [+line, id]));
    this.busy("");
  }

  fail(error) {
    this.busy("");
    this.status.replaceChildren(made("span", { className: "fault", aria: { role: "alert" } }, error.message || this.words.desk_failed));
    console.info(error);
  }

  busy(text) {
    this.status.replaceChildren(...(text ? [made("progress"), " ", text] : []));
  }

  // Guess the columns of the table that was chosen last.
  async read() {
    const asked = ++this.asked;
    this.result.replaceChildren();
    this.preview.replaceChildren();
    if (!this.hasTable) return;
    this.busy(this.words.desk_reading);
    try {
      const table = await (await this.send("columns")).json();
      if (asked !== this.asked) return;
      this.know(table);
      this.sample({ ...table.columns, ...this.kept.value[table.sha256]?.columns });
    } catch (error) {
      if (asked === this.asked) this.fail(error);
    }
  }

  // The first rows, with a choice above each column.
  sample(columns) {
    const { words, table } = this, holds = Object.fromEntries(Object.entries(columns).map(([field, name]) => [name, field]));
    const choices = table.head.map((name, at) => {
      const select = made("select", { aria: { label: this.told("desk_holds", { name }) } },
        made("option", { value: "" }, words.desk_unused),
        ...Object.keys(FIELDS).map((field) => made("option", { value: field, selected: holds[name] === field && table.head.indexOf(name) === at }, words[`desk_${field}`])));
      select.addEventListener("change", () => this.chosen(choices, select));
      return select;
    });
    const cells = (row) => made("tr", {}, ...row.map((cell) => made("td", {}, cell)));
    this.preview.replaceChildren(
      made("p", { className: "sizes" }, this.told("desk_sample", { n: table.rows })),
      made("div", { className: "scroll", tabIndex: 0, aria: { role: "region", label: this.told("desk_sample", { n: table.rows }) } }, made("table", {},
        made("thead", {}, made("tr", {}, ...table.head.map((name, at) => made("th", { scope: "col" }, made("span", {}, name || "–"), choices[at])))),
        made("tbody", {}, ...table.sample.map(cells)))),
    );
    this.chosen(choices);
  }

  // Write into the fields of the form what the columns hold; each is held by one alone.
  chosen(choices, last) {
    for (const other of choices) {
      if (last && other !== last && other.value === last.value) other.value = "";
      other.closest("th")?.classList.toggle("used", other.value !== "");
    }
    for (const [field, name] of Object.entries(FIELDS)) {
      const at = choices.findIndex((one) => one.value === field);
      this.form.elements[name].value = at < 0 ? "" : this.table.head[at];
    }
    this.form.querySelector("button").disabled = !this.table.rows || !choices.some((one) => one.value === "name");
    this.result.replaceChildren();
  }

  get columns() {
    return Object.fromEntries(Object.entries(FIELDS).map(([field, name]) => [field, this.form.elements[name].value]));
  }

  keep() {
    this.kept = new Kept(STORED, {}); // Another window may have kept something meanwhile.
    const tables = Object.entries(this.kept.value).filter(([name]) => name !== this.table.sha256).slice(-KEPT + 1);
    this.kept.put(Object.fromEntries([...tables, [this.table.sha256, { columns: this.columns, decisions: Object.fromEntries(this.decisions) }]]));
  }

  // Ask for the rows to decide on; `settled` are the decisions on rows that are not listed any more.
  async review(settled = {}) {
    if (!this.table) return;
    this.busy(this.told("desk_linking", { n: this.table.rows }));
    const found = await (await this.send("review", { decisions: JSON.stringify(settled) })).json();
    this.busy("");
    Object.assign(this, { settled, found, groups: found.open, at: 0 });
    this.remember();
    this.show();
    const open = this.groups.findIndex((group) => !this.isDecided(group));
    if (this.groups.length) this.turn(open < 0 ? 0 : open);
    this.result.focus({ preventScroll: true });
    this.result.scrollIntoView({ block: "start" });
  }

  // Takes over what the table tells that was decided before, unless this device knows better.
  remember() {
    const told = this.groups.flatMap(({ rows }) => rows).filter(({ line, decided }) => decided !== undefined && !this.decisions.has(line) && !this.undone.has(line));
    if (!this.isNew || !told.length) return;
    for (const { line, decided } of told) this.decisions.set(line, decided);
    this.keep();
  }

  isDecided = (group) => group.rows.every(({ line }) => this.decisions.has(line));

  // What was chosen for all rows of a group; undefined where they differ or nothing was.
  choiceOf(group) {
    const [first, ...others] = group.rows.map(({ line }) => this.decisions.get(line));
    return others.every((one) => one === first) ? first : undefined;
  }

  called = (group) => [group.said.name, group.said.region, group.said.country].filter(Boolean).join(", ") || group.said.identifier || "–";

  show() {
    const { words, found, groups } = this, counts = found.counts;
    this.tally = made("p", { className: "tally", aria: { role: "status" } });
    this.bar = made("progress", { aria: { label: words.desk_title } });
    const download = made("button", { type: "button" }, words.desk_download);
    this.taking = download;
    download.addEventListener("click", () => this.download().catch((error) => this.fail(error)));
    const forget = made("button", { type: "button", className: "quiet" }, words.desk_forget);
    forget.addEventListener("click", () => this.forget());
    const figures = [["desk_linked", counts.linked], ["desk_decided", counts.decided], ["desk_open", counts.ambiguous], ["desk_unknown", counts.unknown]]
      .filter(([, number]) => number).map(([key, n]) => made("li", {}, this.told(key, { n })));
    this.result.replaceChildren(
      made("h2", {}, words.desk_title),
      made("ul", { className: "tallies" }, ...figures),
      ...(groups.length ? [this.tally, this.bar] : [made("p", { className: "notice good" }, words.desk_all_done)]),
      made("p", { className: "row" }, download, ...(groups.length ? [forget] : [])),
      made("p", { className: "sizes" }, this.kept.isKept ? words.desk_kept : words.desk_not_kept),
    );
    if (!groups.length) return;
    this.queue = made("ol", { className: "queue" }, ...groups.map((group, at) => {
      const button = made("button", { type: "button" }, made("span", { className: "mark", aria: { hidden: true } }), made("span", {}, this.called(group)));
      button.addEventListener("click", () => this.turn(at, true));
      return made("li", {}, button);
    }));
    this.card = made("div", { className: "decision" });
    this.result.append(made("div", { className: "review" }, made("nav", { aria: { label: words.desk_list } }, this.queue), this.card));
    if (found.left) {
      const more = made("button", { type: "button", className: "quiet" }, words.desk_more);
      more.addEventListener("click", () => this.review({ ...this.settled, ...Object.fromEntries(this.decisions) }).catch((error) => this.fail(error)));
      this.result.append(made("p", { className: "row" }, more, this.told("desk_left", { n: found.left })));
    }
    this.count();
  }

  count() {
    const decided = this.groups.filter(this.isDecided).length;
    this.tally.textContent = this.told("desk_of", { n: decided, all: this.groups.length });
    this.tally.classList.toggle("done", decided === this.groups.length);
    Object.assign(this.bar, { max: this.groups.length, value: decided });
    this.groups.forEach((group, at) => {
      const item = this.queue.children[at], isDecided = this.isDecided(group), choice = this.choiceOf(group);
      item.className = isDecided ? (choice === "" ? "rejected" : "decided") : group.candidates.length ? "" : "empty";
      item.firstChild.title = isDecided ? this.told("desk_decided", { n: group.rows.length }) : "";
      if (at === this.at) item.firstChild.setAttribute("aria-current", "true");
      else item.firstChild.removeAttribute("aria-current");
    });
  }

  // Show a group; its choice is focused where one comes from another.
  turn(at, isFocused = false) {
    this.at = at;
    this.drawCard();
    this.count();
    const item = this.queue.children[at];
    this.queue.scrollTop = item.offsetTop - this.queue.offsetTop - this.queue.clientHeight / 2;
    if (isFocused) {
      const radios = this.card.querySelectorAll("input[type=radio]");
      ([...radios].find((one) => one.checked) ?? radios[0]).focus({ preventScroll: true });
      if (this.card.getBoundingClientRect().top < 0) this.card.scrollIntoView({ block: "start" });
    }
  }

  // The next group without a decision.
  next() {
    const { groups } = this, order = groups.map((_, step) => (this.at + 1 + step) % groups.length);
    const open = order.find((at) => !this.isDecided(groups[at]));
    if (open !== undefined) return this.turn(open, true);
    // All is decided: what is left is to take the table.
    this.taking.focus();
    return this.result.scrollIntoView({ block: "start" });
  }

  drawCard() {
    const { words, at } = this, group = this.groups[at], choice = this.choiceOf(group), first = group.rows[0];
    const named = new Set(Object.values(this.columns));
    const others = this.table.head.map((name, index) => [name, first.cells[index]]).filter(([name, cell]) => cell && !named.has(name));
    const lines = group.rows.map(({ line }) => line);
    const where = lines.length > 1 ? this.told("desk_lines", { n: lines.length, lines: lines.slice(0, 8).join(", ") + (lines.length > 8 ? " …" : "") }) : this.told("desk_line", { line: lines[0] });
    this.options = made("div", { className: "options" });
    group.candidates.forEach((city, index) => this.options.append(this.option(city, index + 1, choice)));
    const isOther = choice && !group.candidates.some(({ id }) => id === choice);
    if (isOther) this.options.append(this.option(group.other ?? { id: choice, name: choice.replace("city/", "") }, "", choice));
    const none = made("label", { className: "option" }, this.radio("", choice === ""), made("kbd", {}, "0"), made("span", { className: "text" }, made("strong", {}, words.desk_none)));
    const back = made("button", { type: "button", className: "quiet", disabled: at === 0, aria: { keyshortcuts: "k" } }, words.desk_back);
    back.addEventListener("click", () => this.turn(this.at - 1, true));
    const next = made("button", { type: "button", aria: { keyshortcuts: "j" } }, words.desk_next);
    next.addEventListener("click", () => this.next());
    const apart = made("button", { type: "button", className: "quiet" }, words.desk_apart);
    apart.addEventListener("click", () => this.split());
    const undo = made("button", { type: "button", className: "quiet", hidden: choice === undefined }, words.desk_undo);
    undo.addEventListener("click", () => this.decide(undefined));
    this.undo = undo;
    this.card.replaceChildren(
      made("p", { className: "kinds" }, `${at + 1} / ${this.groups.length} · ${where}`),
      made("fieldset", {},
        made("legend", {}, made("strong", {}, this.called(group))),
        made("p", { className: "why" }, this.say(group.why)),
        ...(others.length ? [made("dl", { className: "others" }, ...others.slice(0, 6).map(([name, cell]) => made("div", {}, made("dt", {}, name), made("dd", {}, cell.slice(0, 200)))))] : []),
        this.map(group), this.options, none, this.search(group)),
      made("p", { className: "row" }, back, next, undo, ...(lines.length > 1 ? [apart] : [])),
      made("p", { className: "keys" }, words.desk_keys),
    );
  }

  // What the server says of a match, marked where that is not in the reader's language.
  say = ({ text, lang }) => made("span", { lang }, text);

  radio(value, checked) {
    const input = made("input", { type: "radio", name: "desk-choice", value, checked });
    input.addEventListener("change", () => this.decide(value));
    return input;
  }

  option(city, mark, choice) {
    const facts = [[city.region, city.country].filter(Boolean).join(", "),
      city.population && this.told("desk_inhabitants", { n: city.population }),
      typeof city.distance === "number" && this.told("desk_distance", { km: Math.round(city.distance) }),
      city.score !== undefined && this.told("desk_likely", { percent: Math.round(city.score) })].filter(Boolean);
    const reasons = (city.reasons ?? []).flatMap((why, index) => [index ? "; " : "", this.say(why)]);
    const label = made("label", { className: `option${city.contradicted ? " doubtful" : ""}`, data: { id: city.id } },
      this.radio(city.id, choice === city.id), made("kbd", {}, String(mark)),
      made("span", { className: "text" }, made("strong", {}, city.name), " ", made("span", {}, facts.join(" · ")), ...(reasons.length ? [made("small", {}, ...reasons)] : [])));
    const page = made("a", { href: `${CITY}${city.id}`.replace(CITY, "/doc/") + `?lang=${this.lang}`, target: "_blank", className: "page", aria: { label: city.name } }, "↗");
    return made("div", { className: "candidate" }, label, page);
  }

  // A small map of the candidates, each with its number, and of the position that the row states.
  map({ candidates, at }) {
    const marks = candidates.map((city, index) => ({ at: city.at, text: String(index + 1), id: city.id })).filter((mark) => mark.at);
    if (at) marks.push({ at, text: "", id: "" });
    if (!marks.length || !this.form.dataset.world) return null;
    const xs = marks.map((mark) => mark.at[0]), ys = marks.map((mark) => mark.at[1]);
    const spread = Math.max((Math.max(...xs) - Math.min(...xs)) * 1.25, (Math.max(...ys) - Math.min(...ys)) * 1.35 * 2.4, 1200);
    const width = Math.min(spread, 20000), height = width / 2.4, unit = width / Math.max(this.result.clientWidth * (innerWidth > 800 ? 0.66 : 0.9), 280);
    const x = (Math.min(...xs) + Math.max(...xs) - width) / 2, y = (Math.min(...ys) + Math.max(...ys) - height) / 2;
    const drawn = (name, about, ...inside) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(about)) element.setAttribute(key, value);
      element.append(...inside);
      return element;
    };
    const { world } = this.form.dataset, title = drawn("title", {}, this.words.desk_map);
    return drawn("svg", { class: "map desk-map", viewBox: [x, y, width, height].map(Math.round).join(" "), role: "img", "aria-label": this.words.desk_map }, title,
      drawn("use", { class: "land", href: `${world}#land` }), drawn("use", { class: "borders", href: `${world}#borders` }),
      ...marks.reverse().map(({ at: [cx, cy], text, id }) => drawn("g", { class: id ? "mark" : "stated", "data-id": id },
        drawn("circle", { cx, cy, r: unit * (id ? 10 : 5) }), drawn("text", { x: cx, y: cy, dy: ".35em", "text-anchor": "middle", "font-size": unit * 12 }, text))));
  }

  // A city that is not among the candidates, found by its name.
  search(group) {
    const { words } = this, input = made("input", { type: "search", autocomplete: "off", id: "desk-search" });
    const status = made("small", { aria: { role: "status" } });
    let later, asked = 0;
    input.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(async () => {
        const now = ++asked, typed = input.value.trim();
        if (typed.length < 2) return;
        const rows = await suggested(typed, this.lang, "city");
        if (now !== asked) return;
        for (const old of this.options.querySelectorAll(".searched")) old.remove();
        const known = new Set(group.candidates.map(({ id }) => id));
        const found = rows.map((row) => ({ id: row.iri.slice(CITY.length), name: row.label, region: row.region, country: row.country })).filter(({ id }) => !known.has(id));
        for (const city of found) {
          const option = this.option(city, "", this.choiceOf(group));
          option.classList.add("searched");
          option.addEventListener("change", () => (group.other = city));
          this.options.append(option);
        }
        status.textContent = found.length ? this.told("desk_found", { n: found.length }) : words.desk_nothing_found;
      }, PATIENCE);
    });
    return made("p", { className: "field" }, made("label", { htmlFor: "desk-search" }, words.desk_other), input, status);
  }

  decide(id) {
    const group = this.groups[this.at];
    for (const { line } of group.rows) {
      if (id === undefined) this.decisions.delete(line), this.undone.add(line);
      else this.decisions.set(line, id);
    }
    this.keep();
    this.count();
    if (id === undefined) this.turn(this.at, true);
    this.undo.hidden = id === undefined;
  }

  forget() {
    this.decisions.clear();
    const { [this.table.sha256]: gone, ...others } = this.kept.value;
    if (Object.keys(others).length) this.kept.put(others);
    else this.kept.clear({});
    this.turn(0);
  }

  // Rows that say the same, each to be decided by itself.
  split() {
    const group = this.groups[this.at];
    this.groups.splice(this.at, 1, ...group.rows.map((row) => ({ ...group, rows: [row] })));
    const { at } = this;
    this.show();
    this.turn(at, true);
  }

  // Keys work wherever the focus is on the desk (WCAG 2.2, 2.1.4), but while a name is typed, which
  // Escape ends.
  pressed(event) {
    if (!this.groups?.length || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.type === "search") {
      if (event.key === "Escape") this.turn(this.at, true);
      return;
    }
    const radio = /^[0-9]$/.test(event.key) && [...this.card.querySelectorAll(".option")]
      .find((option) => option.querySelector("kbd").textContent === event.key)?.querySelector("input");
    if (radio) {
      radio.checked = true;
      this.decide(radio.value);
      this.next();
    } else if (event.key === "Enter" && (event.target.type === "radio" || event.target === this.result)) this.next();
    else if (event.key === "j") this.turn(Math.min(this.at + 1, this.groups.length - 1), true);
    else if (event.key === "k") this.turn(Math.max(this.at - 1, 0), true);
    else return;
    event.preventDefault();
  }

  async download() {
    this.busy(this.told("desk_linking", { n: this.table.rows }));
    const decisions = { ...this.settled, ...Object.fromEntries(this.decisions) };
    const answer = await this.send("", { decisions: JSON.stringify(decisions) });
    const address = URL.createObjectURL(await answer.blob());
    this.busy("");
    made("a", { href: address, download: "linked.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}

const form = document.querySelector("form[data-desk]");
if (form) new Desk(form).begin();
