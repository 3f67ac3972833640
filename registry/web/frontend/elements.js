// Elements and phrases that scripts put into pages.

// Elements with their properties; texts and elements inside.
export function made(name, about = {}, ...inside) {
  const element = document.createElement(name), { data = {}, aria = {}, ...rest } = about;
  Object.assign(element, rest);
  Object.assign(element.dataset, data);
  for (const [key, value] of Object.entries(aria)) element.setAttribute(key === "role" ? key : `aria-${key}`, value);
  element.append(...inside.filter((one) => one !== null && one !== undefined));
  return element;
}

// What writes dates as pages do; those in English have the day before the month.
export const dated = (lang, style) => new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, style);

// A phrase with values in it; one that counts has a form for one and one for several.
export function told(words, key, values = {}) {
  const { lang } = document.documentElement, number = new Intl.NumberFormat(lang);
  let text = words[key];
  if (Array.isArray(text)) text = text[new Intl.PluralRules(lang).select(values.n) === "one" ? 0 : 1];
  for (const [name, value] of Object.entries(values)) {
    text = text.replace(`{${name}}`, () => (typeof value === "number" ? number.format(value) : value));
  }
  return text;
}
