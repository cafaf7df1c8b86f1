// 窗口: fewer keystrokes, devices, and what is still missing while one types. Every page works without this file.
import * as bridge from "./bridge.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);
const form = one("form[data-counter]");
const status = one("[data-bridge-line]");
const tell = (text) => { if (status) status.textContent = text || ""; };
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
const shown = (field) => field.offsetParent !== null && !field.disabled && field.type !== "hidden" && field.tabIndex >= 0;

// --- the keyboard ---------------------------------------------------------------------------------------------------
const stops = () => {
  const seen = new Set();
  return all("input, select, textarea, button", form).filter((field) => {
    if (!shown(field)) return false;
    if (field.type !== "radio" && field.type !== "checkbox") return true;
    if (seen.has(field.name)) return false; // a question is one stop
    return seen.add(field.name);
  });
};
function forward(from) {
  const list = stops();
  const same = (field) => field === from || (field.name && field.name === from.name && field.type === from.type);
  const at = list.findIndex(same);
  list[at + 1]?.focus();
}
const group = (field) => all(`input[name="${CSS.escape(field.name)}"]`, form).filter(shown);
for (const question of all("fieldset .choices", form ?? document.createElement("div"))) {
  all("label", question).slice(0, 9).forEach((label, n) => label.append(Object.assign(make("span", "choice__key", String(n + 1)), { ariaHidden: "true" })));
}
const press = (name, value) => one(`button[name="${name}"][value="${value}"]`, form)?.click();
addEventListener("keydown", (event) => {
  const field = event.target;
  const typing = field.matches?.("input:not([type=radio],[type=checkbox],[type=file]), textarea, select");
  if (event.key === "?" && !typing) {
    const keys = one("[data-keys]");
    if (!keys) return;
    event.preventDefault();
    keys.open = !keys.open;
    if (keys.open) one("summary", keys).focus();
    return;
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    const acts = {
      KeyR: () => one("[data-act=id-card]")?.click(), KeyC: () => nextScan()?.click(), KeyG: () => one("[data-act=sign]")?.click(),
      KeyM: () => one("[data-missing] a")?.click(), KeyS: () => press("_do", "check"), KeyN: () => one("[data-key=n]")?.click(),
      Enter: () => one('button[value="receive"], .actions .btn--primary', form ?? document)?.click(),
    };
    const act = acts[event.code];
    if (act) { event.preventDefault(); act(); }
    return;
  }
  if (!form || event.isComposing || event.ctrlKey || event.metaKey || !form.contains(field)) return;
  const choice = field.type === "radio" || field.type === "checkbox";
  if (event.key === "Enter" && (choice || (typing && field.tagName !== "TEXTAREA"))) {
    event.preventDefault();
    forward(field);
  } else if (choice && /^[1-9]$/.test(event.key)) {
    const wanted = group(field)[Number(event.key) - 1];
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
    if (field.type === "radio") forward(field); else wanted.focus();
  }
});

// Who types the papers begins there: the reader's key works from everywhere.
if (one("[data-reading]") && !one("[data-focus]")) form.elements.id_no?.focus();

// --- saving: one answer at a time, and what is missing after each ------------------------------------------------------
function draw(said) {
  if (said.version !== undefined && form.elements._version) form.elements._version.value = said.version;
  const list = one("[data-missing]");
  if (list && said.missing) {
    list.replaceChildren(...said.missing.map(({ id, text }) => {
      const link = Object.assign(make("a", "", text), { href: `#${id}` });
      const row = make("li");
      row.append(link);
      return row;
    }));
    if (!said.missing.length) list.append(make("li", "is-done", bridge.words.nothing || "✓"));
  }
  for (const box of all("[data-files]")) {
    const files = said.files?.[box.dataset.files] ?? [];
    box.replaceChildren(...files.map((f) => {
      const row = make("li");
      const remove = Object.assign(make("button", "btn btn--plain", bridge.words.remove || "×"), { type: "button" });
      remove.dataset.removeUrl = f.remove_url;
      row.append(make("span", "files__name", f.name), make("span", "files__meta", `${Math.ceil(f.size / 1024)} KB`));
      if (box.dataset.files !== "declaration") row.append(remove);
      return row;
    }));
  }
}
form?.addEventListener("tq:saved", (event) => draw(event.detail));
addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-missing] a");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  (field.matches("fieldset") ? one("input", field) : field).focus();
  field.scrollIntoView({ block: "center" });
});

// --- files: on their way as soon as they are there -----------------------------------------------------------------------
const filesUrl = form?.dataset.filesUrl;
async function send(url, body) {
  const reply = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
  const said = await reply.json();
  if (!("version" in said)) throw new Error("refused");
  draw(said);
  if (said.error) tell(said.error);
  return reply.ok;
}
function basis() {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const name of ["c_how", "c_device"]) body.set(name, form.elements[name].value);
  return body;
}
async function upload(input) {
  if (!input.files.length) return;
  tell("");
  // First what was typed: a signature stands under the text as it is then.
  form.dispatchEvent(new CustomEvent("tq:save-now"));
  if (form.dataset.saving) await new Promise((done) => form.addEventListener("tq:idle", done, { once: true }));
  const body = basis();
  for (const file of input.files) body.append(input.name, file);
  try {
    if (await send(filesUrl, body)) input.value = "";
  } catch { /* it stays chosen, and goes with the form */ }
}
form?.addEventListener("change", ({ target }) => {
  if (filesUrl && target.type === "file") {
    if (target.name === "declaration" && !target.dataset.pad) { form.elements.c_how.value = "paper"; form.elements.c_device.value = ""; }
    upload(target);
  }
});
addEventListener("click", async (event) => {
  const url = event.target.closest?.("[data-remove-url]")?.dataset.removeUrl;
  if (url) { try { await send(url, basis()); } catch { location.reload(); } }
});

// --- devices ---------------------------------------------------------------------------------------------------------------
function tool(where, act, label, run) {
  const button = make("button", "btn btn--secondary", label);
  button.type = "button";
  button.dataset.act = act;
  button.addEventListener("click", async () => {
    button.setAttribute("aria-disabled", "true");
    tell(bridge.words.working);
    try { await run(); } catch (error) { tell(error instanceof bridge.Fault ? error.message : bridge.words.strange); }
    button.removeAttribute("aria-disabled");
  });
  where.append(button);
}
function put(input, files) {
  const box = new DataTransfer();
  files.forEach((f) => box.items.add(f));
  input.files = box.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
const nextScan = () => {
  const lacking = all("[data-material]").find((m) => m.dataset.material !== "declaration" && !one("[data-files] li", m));
  return one("[data-act=scan]", lacking ?? document);
};
if (bridge.present()) {
  for (const where of all("[data-tools=id-card]")) {
    tool(where, "id-card", bridge.words.readCard, async () => {
      const slot = one("[data-reading]");
      const { card, reading } = await bridge.readCard(slot.dataset.nonce);
      for (const [name, value] of Object.entries({ id_kind: card.kind, id_no: card.number, name: card.name })) {
        if (form.elements[name]) form.elements[name].value = value;
      }
      slot.value = JSON.stringify(reading);
      tell(bridge.words.cardRead);
      (form.elements.phone ?? form.elements.name).focus();
    });
  }
  for (const where of all("[data-tools=scan]")) {
    const input = one("input[type=file]", where.closest("[data-material]"));
    tool(where, "scan", bridge.words.scan, async () => {
      put(input, await bridge.scan(input.multiple ? 9 : 1));
      tell(bridge.words.scanned);
    });
  }
  for (const where of all("[data-tools=sign]")) {
    const input = one("input[type=file]", where.closest("[data-material]"));
    tool(where, "sign", bridge.words.sign, async () => {
      const made = await bridge.sign(document.title);
      form.elements.c_how.value = "pad";
      form.elements.c_device.value = made.device;
      input.dataset.pad = "1";
      put(input, [made.file]);
      delete input.dataset.pad;
      tell(bridge.words.signed);
    });
  }
  for (const button of all("[data-print-pdf]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      tell(bridge.words.working);
      try {
        const reply = await fetch(button.dataset.printPdf);
        if (!reply.ok) throw new bridge.Fault(bridge.words.strange);
        await bridge.print(await reply.blob());
        tell(bridge.words.printed);
      } catch (error) { tell(error instanceof bridge.Fault ? error.message : bridge.words.noBridge); }
    });
  }
  const line = one("[data-bridge-state]");
  const list = one("[data-devices]");
  const look = async () => {
    try {
      const found = await bridge.devices();
      if (line) line.textContent = bridge.words.ready;
      list?.replaceChildren(...found.map((d) => make("li", "", `${d.name} — ${d.ready ? bridge.words.ready : bridge.words.away}`)));
      if (list) tell(bridge.words.ready);
    } catch (error) {
      if (line) line.textContent = error.message;
      list?.replaceChildren();
      if (list) tell(error.message);
    }
  };
  if (line || (list && bridge.token())) look();
  one("[data-pair]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    bridge.pair(one("#f-token").value);
    look();
  });
}
// The papers are made a moment after receipt: look again until they are there, and then draw the page with its buttons.
async function awaited(left) {
  if (!left) return;
  await new Promise((done) => setTimeout(done, 1500));
  try {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
    if (reply.ok && !(await reply.text()).includes("data-await")) { location.reload(); return; }
  } catch { /* away for a moment */ }
  awaited(left - 1);
}
if (one("[data-await]")) awaited(40);
for (const button of all("[data-print]")) button.addEventListener("click", () => print());
