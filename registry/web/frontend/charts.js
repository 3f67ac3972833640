// Answers as charts: bars of a number beside what it is of, and columns of years.
import { made } from "./elements.js";

const BARS = 40; // Bars that are shown, the longest first.
const COLUMNS = 130; // Columns of a timeline; more years are taken together.
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000]; // Years between two that are marked.
const MARKED = 7; // Years that are marked, about.
const MOSTLY = 0.8; // Share of the values that are dates from which on a variable has dates.
const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "nonNegativeInteger", "int", "long"].map((name) => XSD + name));
const TIMES = new Set(["date", "dateTime", "gYear", "gYearMonth"].map((name) => XSD + name));

const isNumber = (term) => term?.type === "literal" && NUMBERS.has(term.datatype) && Number.isFinite(+term.value);
const isTime = (term) => term?.type === "literal" && TIMES.has(term.datatype) && /^-?\d{4,9}(?!\d)/.test(term.value);
const year = (term) => Number.parseInt(term.value, 10);

function share(rows, name, fits) {
  const values = rows.map((row) => row[name]).filter(Boolean);
  return values.length ? values.filter(fits).length / values.length : 0;
}

// The variables of a chart: what bars are of, and how long they are; null where there are none.
export function barsOf({ names, rows }) {
  if (rows.length < 2) return null;
  const value = names.find((name) => share(rows, name, isNumber) === 1 && rows.every((row) => !row[name] || +row[name].value >= 0));
  const label = names.find((name) => name !== value && share(rows, name, (term) => !isNumber(term) && !isTime(term)) === 1);
  return value && label ? { label, value } : null;
}

// The variable of a timeline, and the number that is summed where there is no row for each; or null.
export function timesOf({ names, rows }) {
  const time = names.find((name) => share(rows, name, isTime) >= MOSTLY);
  if (!time || rows.length < 2) return null;
  const others = names.filter((name) => name !== time), [value] = others;
  const isCounted = others.length === 1 && share(rows, value, isNumber) === 1;
  return { time, value: isCounted ? value : null };
}

// Bars as a list; `called` names a term.
export function bars({ rows }, { label, value }, called, number) {
  const sorted = rows.filter((row) => row[label] && row[value]).map((row) => [row[label], +row[value].value]).sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, BARS), most = Math.max(...shown.map(([, amount]) => amount), 1);
  const list = made("ol", { className: "bars" }, ...shown.map(([term, amount]) => {
    const bar = made("span", { className: "bar", aria: { hidden: true } });
    bar.style.width = `${(100 * amount) / most}%`;
    return made("li", {}, made("span", { className: "of" }, called(term)), made("span", { className: "track" }, bar), made("span", { className: "amount" }, number.format(amount)));
  }));
  return { list, shown: shown.length, all: sorted.length };
}

// How much there is in each year, or in several together, from the first to the last.
export function periods({ rows }, { time, value }) {
  const found = new Map();
  for (const row of rows.filter((one) => isTime(one[time]))) {
    const at = year(row[time]);
    found.set(at, (found.get(at) ?? 0) + (value ? +(row[value]?.value ?? 0) : 1));
  }
  const years = [...found.keys()], first = Math.min(...years), last = Math.max(...years);
  const step = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000].find((one) => (last - first) / one < COLUMNS)
    ?? 10 ** Math.ceil(Math.log10((last - first) / COLUMNS));
  const start = Math.floor(first / step) * step, columns = [];
  for (let at = start; at <= last; at += step) columns.push({ from: at, to: at + step - 1, amount: 0 });
  for (const [at, amount] of found) columns[Math.floor((at - start) / step)].amount += amount;
  return columns;
}

// Years before ours have a minus, which a dash must not touch.
const span = ({ from, to }) => (from === to ? `${from}` : from < 0 ? `${from} – ${to}` : `${from}–${to}`);

// Columns as a picture, whose `label` tells what it shows.
export function timeline(columns, label, number) {
  const most = Math.max(...columns.map(({ amount }) => amount), 1), step = columns[0].to - columns[0].from + 1, years = columns.length * step, every = TICKS.find((one) => years / one <= MARKED) ?? 20 * step;
  const drawn = columns.map((column) => {
    const bar = made("span", { className: "column" });
    bar.style.height = `${(100 * column.amount) / most}%`;
    return made("span", { className: "slot", title: `${span(column)}: ${number.format(column.amount)}` }, bar);
  });
  const ticks = columns.map((column) => made("span", {}, column.from % every ? "" : `${column.from}`));
  return made("div", { className: "timeline-chart", aria: { role: "img", label } },
    made("p", { className: "most" }, number.format(most)), made("div", { className: "columns" }, ...drawn), made("div", { className: "ticks" }, ...ticks));
}

export const fullest = (columns) => columns.reduce((best, one) => (one.amount > best.amount ? one : best));
export { span };
