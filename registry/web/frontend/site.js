// What pages do beyond what they do without scripts: suggestions while one types, a button that
// prints, and a line of a map that is lit together with the row of the table it belongs to.
import "@github/auto-complete-element";

let lit = [];

function light({ target }) {
  const key = target instanceof Element && target.closest("[data-key]")?.dataset.key;
  for (const element of lit) element.classList.remove("lit");
  lit = key ? [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)] : [];
  for (const element of lit) element.classList.add("lit");
}

if (document.querySelector("[data-key]")) {
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, light);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A hand-out tells when it was printed.
addEventListener("beforeprint", () => {
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" });
  for (const note of document.querySelectorAll("[data-printed]")) {
    note.textContent = note.dataset.printed.replace("{day}", day.format(new Date()));
    note.hidden = false;
  }
});
