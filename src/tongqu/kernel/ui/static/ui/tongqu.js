// 通衢: small helps. Every page works without this file; the server decides everything.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = document.body.dataset;
const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });
const DAY = 86400e3;

// Without a network the page stays: the browser's own would take what was typed with it.
const note = (before, text, mark) => {
  const line = make("p", "field__error", text);
  line.setAttribute("role", "alert");
  line.dataset[mark] = "";
  before.before(line);
};
function held(event, form) {
  form.querySelector("[data-offline]")?.remove();
  if (navigator.onLine) return false;
  event.preventDefault();
  note(event.submitter?.closest(".actions") || event.submitter || form.lastElementChild, words.offline, "offline");
  return true;
}

// A form is sent once. The pressed button stays enabled so that its value is posted.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  if (held(event, form)) return;
  form.dataset.sent = "1";
  all("button", form).forEach((b) => b.setAttribute("aria-disabled", "true"));
  const pressed = event.submitter?.querySelector("span");
  if (pressed && form.hasAttribute("data-once")) pressed.textContent = words.sending;
  // What comes is a file and the page stays: after a moment it may be asked for again, or in another form.
  if (form.hasAttribute("data-file")) setTimeout(() => {
    delete form.dataset.sent;
    all("button", form).forEach((b) => b.removeAttribute("aria-disabled"));
  }, 2000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Drafts: saved on the server; on this device only while the session is lost, for a day at most.
const entries = (form) =>
  [...new FormData(form)].filter(([name, v]) => typeof v === "string" && name !== "csrfmiddlewaretoken");
for (const form of all("form[data-autosave], form[data-unsaved]")) {
  const url = form.dataset.autosave;
  const slot = `tq:${location.pathname}`;
  const status = form.querySelector("[data-saved]");
  const owner = () => form.elements._owner?.value || "";
  const say = (text) => status && (status.textContent = text || "");
  let dirty = false, timer, busy = false;

  const keepHere = () => {
    try {
      localStorage.setItem(slot, JSON.stringify({ at: Date.now(), owner: owner(), data: entries(form) }));
      say(words.keptHere);
    } catch { say(words.notSaved); }
  };
  const forget = () => { try { localStorage.removeItem(slot); } catch { /* storage is off */ } };
  const save = async () => {
    if (!url || !dirty || busy || form.dataset.sent) return;
    busy = true;
    form.dataset.saving = "1";
    dirty = false;
    const body = new FormData(form);
    all("input[type=file]", form).forEach((i) => body.delete(i.name));
    try {
      const reply = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(15e3) });
      if (reply.ok) {
        const drawn = await reply.json().catch(() => ({}));
        for (const n of ["version", "base"]) if (drawn[n] && form.elements["_" + n]) form.elements["_" + n].value = drawn[n];
        form.dispatchEvent(new CustomEvent("tq:saved", { detail: drawn }));
        forget();
        say(`${words.saved} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
      } else if (reply.status === 409) say(words.conflict);
      else { dirty = true; keepHere(); }
    } catch { dirty = true; keepHere(); }
    busy = false;
    delete form.dataset.saving;
    form.dispatchEvent(new CustomEvent("tq:idle"));
  };
  form.addEventListener("tq:save-now", save);
  // A save under way has the newer version: a press waits for it, or both meet on the server.
  form.addEventListener("submit", (event) => {
    if (!form.dataset.saving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.addEventListener("tq:idle", () => form.requestSubmit(event.submitter), { once: true });
  }, true);
  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 2000);
  });
  addEventListener("submit", (event) => {
    if (event.target !== form) return;
    if (event.defaultPrevented) { if (dirty) keepHere(); } else dirty = false;
  });
  addEventListener("online", save);
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("beforeunload", (event) => dirty && !form.dataset.sent && event.preventDefault());

  let kept;
  try { kept = JSON.parse(localStorage.getItem(slot)); } catch { kept = null; }
  if (kept && (kept.owner !== owner() || Date.now() - kept.at > DAY)) { forget(); kept = null; }
  if (kept && status) {
    const button = make("button", "btn btn--secondary", words.restore);
    button.type = "button";
    status.append(`${words.found} `, button);
    button.addEventListener("click", () => {
      for (const field of form.elements) {
        const values = kept.data.filter(([name]) => name === field.name).map(([, v]) => v);
        if (!values.length || /hidden|file|submit/.test(field.type)) continue;
        if (/radio|checkbox/.test(field.type)) field.checked = values.includes(field.value);
        else field.value = values[0];
      }
      form.dispatchEvent(new Event("change"));
      forget();
      dirty = true;
      say(words.restored);
      save();
    });
  }
}

// A file too big is said at once, before it travels.
addEventListener("change", ({ target }) => {
  const most = Number(target.dataset?.maxBytes);
  if (target.type !== "file" || !most) return;
  const box = target.closest(".field");
  box.querySelector("[data-size-error]")?.remove();
  if ([...target.files].every((file) => file.size <= most)) return;
  target.value = "";
  note(target.parentElement, target.dataset.tooBig, "sizeError");
});

// Errors: read first, and a link leads into its field.
document.querySelector("[data-focus]")?.focus();
addEventListener("click", (event) => {
  const link = event.target.closest?.(".errors a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const control = field.matches("fieldset") ? field.querySelector("input") : field;
  (control || field).focus();
  field.scrollIntoView({ block: "center" });
});

// On a phone the staff's menu is a strip that scrolls: the entry one is at comes into view, the page stays where it is.
const here = document.querySelector(".rail [aria-current]");
for (let box = here?.parentElement; box && box !== document.body; box = box.parentElement)
  if (box.scrollWidth > box.clientWidth) box.scrollLeft = here.offsetLeft - box.offsetLeft - (box.clientWidth - here.offsetWidth) / 2;
