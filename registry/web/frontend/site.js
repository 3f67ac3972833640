// What pages do beyond what they do without scripts: suggestions while one types, a button that
// prints, a line of a map that is lit together with the row of the table it belongs to, and maps to
// explore in the place of drawings.
import "@github/auto-complete-element";
import { dated } from "./elements.js";
import { canDraw, mapOf } from "./loading.js";

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

// A map is loaded once the page is there and the reader comes near; where it cannot be, the drawing
// stays. A form beside it chooses what is shown, and keeps that in the page's address.
async function enliven(figure) {
  const { explore } = await mapOf(figure);
  const exploration = await explore(figure);
  const form = figure.querySelector("form");
  form?.addEventListener("change", () => choose(figure, form, exploration).catch(console.warn));
  form?.addEventListener("submit", (event) => event.preventDefault());
}

async function choose(figure, form, exploration) {
  if (!form.reportValidity()) return;
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `?${asked}`);
  const told = await exploration.filter(asked);
  if (!told) return;
  const list = figure.querySelector("[data-list]"), drawn = figure.querySelector("[data-drawn]");
  list.href = `${list.pathname}?${asked}`;
  list.textContent = exploration.counted("link_count", told.rows);
  asked.delete("lang");
  drawn.setAttribute("href", `${drawn.getAttribute("href").split(/[?#]/)[0]}?${asked}#drawn`);
}

const watched = new IntersectionObserver((seen) => {
  for (const { target } of seen.filter(({ isIntersecting }) => isIntersecting)) {
    watched.unobserve(target);
    const idle = window.requestIdleCallback ?? setTimeout;
    idle(() => enliven(target).catch((error) => {
      target.classList.remove("explored");
      console.warn(error);
    }), { timeout: 2000 });
  }
}, { rootMargin: "200px" });

window.addEventListener("load", () => {
  const maps = document.querySelectorAll("[data-explore]");
  if (maps.length && canDraw()) for (const figure of maps) watched.observe(figure);
});

// A hand-out tells when it was printed.
addEventListener("beforeprint", () => {
  const day = dated(document.documentElement.lang, { dateStyle: "long" });
  for (const note of document.querySelectorAll("[data-printed]")) {
    note.textContent = note.dataset.printed.replace("{day}", day.format(new Date()));
    note.hidden = false;
  }
});
