// The work list: keys, and choosing all of a page. Without this file everything works with links and boxes.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const rows = all("[data-row]");
const keys = document.querySelector("[data-keys]");
const busy = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
let at = -1;

function go(to) {
  if (!rows.length) return;
  rows[at]?.classList.remove("is-at");
  at = Math.max(0, Math.min(rows.length - 1, to));
  rows[at].classList.add("is-at");
  rows[at].querySelector("a")?.focus({ preventScroll: true });
  rows[at].scrollIntoView({ block: "nearest" });
}
for (const [n, row] of rows.entries()) row.addEventListener("focusin", () => {
  rows[at]?.classList.remove("is-at");
  at = n;
  row.classList.add("is-at");
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const box = event.target.closest?.("[data-pick] input[type=checkbox]");
  if (busy(event.target) && !box) {
    if (event.key === "Escape") event.target.blur?.();
    return;
  }
  const act = {
    j: () => go(at + 1), ArrowDown: () => go(at + 1), k: () => go(at - 1), ArrowUp: () => go(at - 1),
    x: () => rows[at]?.querySelector("input[type=checkbox]")?.click(),
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => keys?.showModal(),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const form = document.querySelector("[data-pick]");
if (form) {
  const boxes = all("input[name=case]", form);
  const whole = form.querySelector("[data-pick-all]");
  const told = form.querySelector("[data-picked]");
  const count = () => {
    const n = boxes.filter((box) => box.checked).length;
    told.textContent = n ? told.dataset.words.replace("%(n)s", n) : "";
    whole.querySelector("input").checked = n === boxes.length;
  };
  whole.hidden = false;
  whole.addEventListener("change", (event) => {
    boxes.forEach((box) => { box.checked = event.target.checked; });
    count();
  });
  boxes.forEach((box) => box.addEventListener("change", count));
  addEventListener("pageshow", count);
  count();
}
