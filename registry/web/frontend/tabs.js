// The queries that are open, each in a tab with a name; they are kept on the device. The tabs follow
// the pattern of the ARIA Authoring Practices: arrow keys move between them, Delete closes one.
import { made, told } from "./elements.js";
import { Kept } from "./kept.js";

const STORED = "citylinks.tabs";
const MOST = 30; // Tabs that may be open.
const LONGEST = 80; // Characters of a name.

export class Tabs {
  // `shown` is called with the tab that is chosen and the one that was.
  constructor(words, shown) {
    Object.assign(this, { words, shown });
    this.kept = new Kept(STORED, { tabs: [], current: 0 });
    this.tabs = this.kept.value.tabs;
    this.current = this.tabs.find(({ id }) => id === this.kept.value.current) ?? this.tabs[0];
  }

  // Opens a query that is asked for, in a tab of its own unless it is open in one; else the last tab.
  begin(query, isAsked) {
    const open = isAsked ? this.tabs.find((tab) => tab.query.trim() === query.trim()) : this.current;
    this.current = open ?? this.added(query);
    this.list = made("div", { className: "tabs", aria: { role: "tablist", label: this.words.editor_tabs } });
    this.list.addEventListener("keydown", (event) => this.pressed(event));
    const button = (label, act) => {
      const one = made("button", { type: "button", className: "quiet" }, label);
      one.addEventListener("click", act);
      return one;
    };
    this.more = button(this.words.editor_new_tab, () => this.choose(this.added(""), "editor"));
    this.naming = button(this.words.editor_rename, () => this.rename());
    this.closing = button(this.words.editor_close, () => this.close(this.current, this.closing));
    this.bar = made("div", { className: "tab-bar" }, this.list, this.more, this.naming, this.closing);
    this.draw();
    return this.current;
  }

  added(query) {
    const numbers = this.tabs.map(({ number }) => number);
    const tab = { id: Date.now() + Math.random(), number: Math.max(0, ...numbers) + 1, name: "", query };
    this.tabs.push(tab);
    this.keep();
    return tab;
  }

  // The name that was given, else the first comment, else a number.
  called = ({ name, query, number }) =>
    (name || query.match(/^\s*#\s*(\S.*)$/m)?.[1].trim() || told(this.words, "editor_untitled", { number })).slice(0, LONGEST);

  write(query) {
    if (this.current.query === query) return;
    this.current.query = query;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.keep(), 300);
    this.label();
  }

  // Keeps the tabs; another window may have opened, changed or closed others meanwhile.
  keep() {
    const theirs = new Kept(STORED, { tabs: [], current: 0 }).value.tabs.filter(({ id }) => !this.tabs.some((one) => one.id === id) && !this.closed?.has(id));
    const mine = this.tabs.map(({ id, number, name, query }) => ({ id, number, name, query }));
    this.kept.put({ tabs: [...mine, ...theirs], current: this.current?.id ?? 0 });
  }

  draw() {
    this.list.replaceChildren(...this.tabs.map((tab) => {
      const one = made("button", { type: "button", id: `tab-${tab.id}`, tabIndex: tab === this.current ? 0 : -1, aria: { role: "tab", selected: tab === this.current, controls: "query-tab" } });
      one.addEventListener("click", () => this.choose(tab));
      one.addEventListener("dblclick", () => this.rename());
      return one;
    }));
    this.more.disabled = this.tabs.length >= MOST;
    this.label();
    this.of(this.current).scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  label() {
    this.tabs.forEach((tab, at) => (this.list.children[at].textContent = this.called(tab)));
  }

  of = (tab) => this.list.children[this.tabs.indexOf(tab)];

  choose(tab, focus) {
    const before = this.current;
    this.current = tab;
    this.keep();
    this.draw();
    if (tab !== before) this.shown(tab, before);
    if (focus === "tab") this.of(tab).focus();
    if (focus === "editor") this.enter?.();
  }

  // Closes a tab; the one beside it is shown. The last leaves an empty one.
  close(tab, focused) {
    const at = this.tabs.indexOf(tab);
    (this.closed ??= new Set()).add(tab.id);
    this.tabs.splice(at, 1);
    if (!this.tabs.length) this.added("");
    this.choose(this.tabs[Math.min(at, this.tabs.length - 1)], focused ? "" : "tab");
    focused?.focus();
  }

  pressed(event) {
    const at = this.tabs.indexOf(this.current), last = this.tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (to !== undefined) this.choose(this.tabs[to], "tab");
    else if (event.key === "Delete") this.close(this.current);
    else if (event.key === "F2") this.rename();
    else return;
    event.preventDefault();
  }

  // Asks for a name in the place of the tabs; Enter takes it, Escape leaves it.
  rename() {
    const field = made("input", { value: this.called(this.current), maxLength: LONGEST, aria: { label: this.words.editor_tab_name } }), tab = this.current;
    let isDone = false;
    const done = (isTaken) => {
      if (isDone) return;
      isDone = true;
      field.replaceWith(this.list);
      if (isTaken && field.value.trim() !== this.called(tab)) tab.name = field.value.trim();
      this.keep();
      this.draw();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      done(event.key === "Enter");
      this.of(this.current).focus();
    });
    field.addEventListener("blur", () => done(true));
    this.list.replaceWith(field);
    field.select();
  }
}
