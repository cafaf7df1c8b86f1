// Drafts of check sheets on this device (IndexedDB). A draft: {id, owner, key, version, url, caseUrl, title, no, fields,
// photos: [{name, blob}], state: draft|waiting|wrong|conflict|synced, note, errors, tried, at}.
const LIFE = 7 * 86400e3, SYNCED_LIFE = 86400e3;
let opened;

function db() {
  opened ||= new Promise((yes, no) => {
    const asked = indexedDB.open("tq-checks", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "id" });
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
  return opened;
}

async function run(mode, ask) {
  const store = (await db()).transaction("drafts", mode).objectStore("drafts");
  return new Promise((yes, no) => {
    const asked = ask(store);
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
}

const count = async () => {
  const waiting = (await run("readonly", (s) => s.getAll())).filter((d) => d.state !== "synced").length;
  try { localStorage.setItem("tq:unsynced", String(waiting)); } catch { /* storage is off */ }
};

export const get = (id) => run("readonly", (s) => s.get(id));
export const all = () => run("readonly", (s) => s.getAll());
export const put = async (draft) => { await run("readwrite", (s) => s.put(draft)); await count(); };
export const drop = async (id) => { await run("readwrite", (s) => s.delete(id)); await count(); };

// What is too old, or another account's, does not stay on the device.
export async function tidy(owner) {
  let strange = false;
  for (const draft of await all()) {
    const foreign = owner && draft.owner !== owner;
    strange ||= foreign;
    if (foreign || Date.now() - draft.at > (draft.state === "synced" ? SYNCED_LIFE : LIFE)) await drop(draft.id);
  }
  return strange;
}
