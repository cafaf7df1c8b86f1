// The officers' check sheet without a network: kept here, sent once. Without this file the form is an ordinary one.
import { all, drop, get, put, tidy } from "./drafts.js";

const $ = (selector, root = document) => root.querySelector(selector);
const make = (tag, props = {}, ...inside) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...inside);
  return node;
};
const words = $("[data-check-words]").dataset;
const form = $("form[data-check]");
const owner = $("input[name=_owner]")?.value || "";
const WORKER = "/desk/checks/worker.js";
const LONGEST_SIDE = 1600;

// --- the service worker: only where a sheet is opened ---------------------------------------------------------------
async function tellWorker(message) {
  const registration = await navigator.serviceWorker?.getRegistration("/desk/checks/");
  const worker = registration?.active;
  if (!worker) return;
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((yes) => { port1.onmessage = yes; setTimeout(yes, 8000); });
  worker.postMessage(message, [port2]);
  await answered;
}
async function keepPage() {
  if (!navigator.serviceWorker || !navigator.onLine) return;
  await navigator.serviceWorker.register(WORKER, { scope: "/desk/checks/" });
  const registration = await navigator.serviceWorker.getRegistration("/desk/checks/");
  for (let n = 0; n < 50 && !registration.active; n++) await new Promise((yes) => setTimeout(yes, 100));
  const loaded = performance.getEntriesByType("resource").map((e) => new URL(e.name))
    .filter((u) => u.origin === location.origin && u.pathname.startsWith("/static/")).map((u) => u.pathname);
  await tellWorker({ keep: [location.pathname, "/desk/checks/saved", ...new Set(loaded)] });
  document.documentElement.dataset.keptOffline = "yes";
}

// --- sending ---------------------------------------------------------------------------------------------------------
const json = { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "manual" };

// One tab at a time; the key makes a second sending the same act.
function sync(id) {
  return navigator.locks ? navigator.locks.request(`tq-check-${id}`, () => send(id)) : send(id);
}
async function send(id) {
  const draft = await get(id);
  if (!draft || !["waiting", "conflict"].includes(draft.state) || draft.state === "conflict") return draft;
  const settle = async (state, note, more = {}) => {
    Object.assign(draft, { state, note, errors: [], ...more });
    await put(draft);
    return draft;
  };
  let now;
  try {
    const reply = await fetch(`${draft.url}/state`, json);
    if (reply.type === "opaqueredirect" || reply.status === 401) return settle("waiting", words.signIn, { signIn: true });
    if (reply.status === 404 || reply.status === 403) return settle("conflict", words.gone);
    if (!reply.ok) return settle("waiting", words.failed);
    now = await reply.json();
  } catch {
    return settle("waiting", words.offline);
  }
  if (now.owner !== draft.owner) return settle("waiting", words.other);
  const body = new FormData();
  for (const [name, value] of draft.fields) body.append(name, value);
  body.append("_key", draft.key);
  body.append("_version", draft.version);
  for (const photo of draft.photos) body.append("photos", photo.blob, photo.name);
  draft.tried = true;
  await put(draft);
  try {
    const reply = await fetch(draft.url, { ...json, method: "POST", body, headers: { ...json.headers, "X-CSRFToken": now.csrf } });
    if (reply.ok) {
      await put({ id, owner: draft.owner, no: draft.no, title: draft.no, caseUrl: draft.caseUrl, state: "synced", at: Date.now(), fields: [], photos: [] });
      await tellWorker({ forget: draft.url });
      return get(id);
    }
    const problem = await reply.json().catch(() => ({}));
    if (reply.status === 422) return settle("wrong", words.wrong, { errors: problem.errors || [{ message: problem.title }], tried: false, key: now.key });
    if (reply.status === 413) return settle("wrong", words.tooBig);
    if (reply.status === 409 || reply.status === 403 || reply.status === 404) {
      const why = now.open ? (now.recorded ? words.recorded : words.moved) : now.recorded ? words.recorded : `${words.closed}（${now.state}）`;
      return settle("conflict", why, { renewable: now.open });
    }
    return settle("waiting", reply.type === "opaqueredirect" ? words.signIn : words.failed);
  } catch {
    return settle("waiting", words.offline);
  }
}

// --- what a draft looks like -----------------------------------------------------------------------------------------
const TONE = { draft: "", waiting: "warning", wrong: "danger", conflict: "danger", synced: "success" };
const LABEL = () => ({ draft: words.saved, waiting: words.waiting, wrong: words.wrong, conflict: words.conflict, synced: words.synced });
const at = (draft) => new Date(draft.at).toLocaleString([], { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
const button = (text, act, kind = "secondary") => {
  const node = make("button", { type: "button", className: `btn btn--${kind}` }, make("span", { textContent: text }));
  node.addEventListener("click", act);
  return node;
};

function statusOf(draft) {
  const line = make("p", { className: "row" },
    make("span", { className: `tag tag--${TONE[draft.state]}`, textContent: LABEL()[draft.state] }), ` ${at(draft)}`);
  line.dataset.state = draft.state;
  const parts = [line];
  if (draft.note && draft.state !== "synced") parts.push(make("p", { textContent: draft.note }));
  if (draft.state === "waiting" && draft.signIn) {
    parts.push(make("p", {}, make("a", { href: `/account/login?next=${encodeURIComponent(draft.url)}`, textContent: words.signIn })));
  }
  if (draft.errors?.length) parts.push(make("ul", {}, ...draft.errors.map((e) => make("li", {}, e.field && form
    ? make("a", { href: `#f-${e.field}`, textContent: e.message }) : e.message))));
  if (draft.state === "conflict") parts.push(make("p", { textContent: words.kept }));
  return parts;
}

function actsOf(draft, redraw) {
  const acts = make("div", { className: "actions" });
  if (draft.state === "waiting") acts.append(button(words.syncNow, async () => redraw(await sync(draft.id))));
  if (draft.state === "synced") acts.append(make("a", { className: "btn btn--secondary", href: draft.caseUrl, textContent: words.case }));
  if (draft.state === "conflict") {
    acts.append(button(words.export, () => save(draft)));
    if (draft.renewable) acts.append(button(words.renew, () => renew(draft)));
    acts.append(button(words.drop, async () => { if (confirm(words.dropSure)) { await drop(draft.id); location.reload(); } }, "danger"));
  }
  return acts.children.length ? [acts] : [];
}

// Everything that was typed as a text file, the photos beside it.
function save(draft) {
  const text = [`${draft.title} ${draft.no}`, at(draft), ...draft.fields.filter(([n]) => !n.startsWith("_")).map(([n, v]) => `${draft.labels?.[n] || n}: ${draft.shown?.[`${n}=${v}`] || v}`)].join("\r\n");
  const files = [[`${draft.no}.txt`, new Blob(["\ufeff", text], { type: "text/plain" })], ...draft.photos.map((p) => [p.name, p.blob])];
  for (const [name, blob] of files) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}

// The same content on the case as it is now: a new key, since it is a new act.
async function renew(draft) {
  const now = await fetch(`${draft.url}/state`, json).then((r) => r.json()).catch(() => null);
  if (!now?.open) return;
  await put({ ...draft, key: now.key, version: String(now.version), state: "draft", note: "", errors: [], tried: false });
  location.href = draft.url;
}

// --- the sheet -------------------------------------------------------------------------------------------------------
async function sheet() {
  const bar = $("[data-sync]"), shelf = $("[data-photos]"), picker = $("input[type=file]", form);
  const most = Number(form.dataset.most);
  const page = { key: form.elements._key.value, version: form.elements._version.value };
  const fresh = () => ({
    id: form.dataset.check, owner, ...page, url: location.pathname, caseUrl: form.dataset.case, title: form.dataset.title, no: form.dataset.no,
    fields: [], photos: [], state: "draft", note: "", errors: [], tried: false, at: Date.now(),
  });
  let draft = await get(form.dataset.check);
  if (draft?.state === "synced") draft = null;
  if (draft && !draft.tried && draft.state !== "conflict" && navigator.onLine) Object.assign(draft, page);
  const isNew = !draft;
  draft ||= fresh();
  const entries = () => [...new FormData(form)].filter(([n, v]) => typeof v === "string" && !["csrfmiddlewaretoken", "_key", "_version", "_owner"].includes(n));
  if (!isNew) fill(draft.fields);
  form.elements._key.value = draft.key;
  form.elements._version.value = draft.version;

  function fill(fields) {
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || field.type === "hidden") continue;
      const values = fields.filter(([n]) => n === field.name).map(([, v]) => v);
      if (/radio|checkbox/.test(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function names() {
    const labels = {}, shown = {};
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden") continue;
      const box = field.closest("fieldset.field, .field");
      labels[field.name] = ($("legend, .field__label", box)?.textContent || field.name).trim();
      if (/radio|checkbox/.test(field.type)) shown[`${field.name}=${field.value}`] = field.closest("label").textContent.trim();
    }
    return { labels, shown };
  }
  function draw(now) {
    draft = now;
    bar.hidden = false;
    bar.replaceChildren(...statusOf(draft), ...actsOf(draft, draw));
    const done = draft.state === "synced";
    form.hidden = done;
    shelf.hidden = !draft.photos.length;
    shelf.replaceChildren(...draft.photos.map((photo, n) => {
      const picture = make("img", { alt: `${words.photo} ${n + 1}` });
      const reader = new FileReader();
      reader.onload = () => { picture.src = reader.result; };
      reader.readAsDataURL(photo.blob);
      return make("li", {}, picture, button(words.remove, async () => { draft.photos.splice(n, 1); await keep(); }, "plain"));
    }));
  }
  async function keep(state = "draft") {
    Object.assign(draft, { fields: entries(), ...names(), state, at: Date.now(), note: state === "draft" ? "" : draft.note, errors: [] });
    try { await put(draft); } catch { draft.note = words.noRoom; }
    draw(draft);
  }
  let timer;
  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || draft.state === "conflict") return;
    clearTimeout(timer);
    timer = setTimeout(() => keep(), 300);
  });
  picker?.addEventListener("change", async () => {
    const chosen = [...picker.files];
    picker.value = "";
    for (const file of chosen) {
      if (draft.photos.length >= most) { draft.note = words.mostPhotos; break; }
      try { draft.photos.push({ name: `${draft.photos.length + 1}-${file.name.replace(/\.[^.]*$/, "")}.jpg`, blob: await smaller(file) }); }
      catch { draft.note = words.badPhoto; }
    }
    const note = draft.note;
    await keep();
    if (note) { draft.note = note; draw(draft); }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    await keep("waiting");
    draft.note = words.sending;
    draw(draft);
    const sent = await sync(draft.id);
    draw(sent);
    bar.scrollIntoView({ block: "center" });
    if (sent.state === "synced") bar.querySelector("a")?.focus();
  });
  if (!isNew) draw(draft.state === "waiting" ? await sync(draft.id) : draft);
  again.push(async () => { if (draft.state === "waiting") draw(await sync(draft.id)); });
}

// A picture drawn anew: smaller, and without what the camera wrote into it.
async function smaller(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = make("canvas", { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((yes, no) => canvas.toBlob((blob) => (blob ? yes(blob) : no(new Error("no picture"))), "image/jpeg", 0.82));
}

// --- the list of what this device keeps ------------------------------------------------------------------------------
async function list(place) {
  const draw = async () => {
    const drafts = (await all()).sort((a, b) => b.at - a.at);
    if (!drafts.length) return place.replaceChildren(make("p", { className: "muted", textContent: words.none }));
    place.replaceChildren(make("ul", { className: "cards" }, ...drafts.map((draft) => make("li", { className: "panel" },
      make("p", {}, make("strong", {}, draft.state === "synced" ? draft.no : make("a", { href: draft.url, textContent: `${draft.title} ${draft.no}` }))),
      ...statusOf(draft), ...actsOf(draft, draw)))));
  };
  await draw();
  const send = async () => {
    for (const draft of await all()) if (draft.state === "waiting") await sync(draft.id);
    await draw();
  };
  again.push(send);
  await send();
}

const again = [];
const wake = () => again.forEach((call) => call());
addEventListener("online", wake);
document.addEventListener("visibilitychange", () => document.hidden || wake());

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href*='/account/logout']");
  if (link && Number(localStorage.getItem("tq:unsynced")) > 0 && !confirm(words.leave)) event.preventDefault();
});

if (await tidy(owner)) await tellWorker({ wipe: true });
const place = $("[data-saved-checks]");
if (place) await list(place);
if (form) await sheet();
document.documentElement.dataset.checkReady = "yes";
if (form || location.pathname === "/desk/checks/saved") await keepPage().catch(() => {});
