// The devices on this PC, through the small program beside the browser. Protocol: docs/howto/counter-bridge.md.
// Whatever it says is checked here, shown to the clerk, and sent to our server only as ordinary fields and files.
const place = document.getElementById("bridge");
const say = place?.dataset ?? {};
const TOKEN = "tongqu:bridge-token";
const MOST = 28_000_000; // characters of one answer
const KINDS = { "image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf" };

export class Fault extends Error {}

export const words = say;
export const present = () => Boolean(say.origin);
export const token = () => { try { return localStorage.getItem(TOKEN) || ""; } catch { return ""; } };
export const pair = (text) => { try { localStorage.setItem(TOKEN, text.trim()); } catch { /* storage is off: for this page only */ } };

async function ask(path, body, seconds) {
  if (!token()) throw new Fault(say.notPaired);
  const stop = new AbortController();
  const clock = setTimeout(() => stop.abort(), seconds * 1000);
  let reply, text;
  try {
    reply = await fetch(say.origin + path, {
      method: body ? "POST" : "GET", body: body && JSON.stringify(body), mode: "cors", credentials: "omit",
      cache: "no-store", redirect: "error", referrerPolicy: "no-referrer", signal: stop.signal,
      headers: { "X-Tongqu-Bridge": token(), ...(body && { "Content-Type": "application/json" }) },
    });
    text = await limited(reply);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(error.name === "AbortError" ? say.slow : say.noBridge);
  } finally {
    clearTimeout(clock);
  }
  let said;
  try { said = JSON.parse(text); } catch { throw new Fault(say.strange); }
  if (said === null || typeof said !== "object" || Array.isArray(said)) throw new Fault(say.strange);
  if (reply.status === 401) throw new Fault(say.notPaired);
  if (!reply.ok) throw new Fault(line(said.message, 120) || say.strange);
  return said;
}

// An answer without end must not fill the memory of the clerk's PC.
async function limited(reply) {
  const reader = reply.body.getReader();
  const parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST) { reader.cancel(); throw new Fault(say.strange); }
    parts.push(value);
  }
  return new TextDecoder().decode(await new Blob(parts).arrayBuffer());
}

const line = (value, most) => (typeof value === "string" && value.length <= most ? value : "");

function file(said, name) {
  const kind = KINDS[said?.media_type];
  if (!kind || typeof said.data !== "string" || !said.data) throw new Fault(say.strange);
  let bytes;
  try { bytes = Uint8Array.from(atob(said.data), (c) => c.charCodeAt(0)); } catch { throw new Fault(say.strange); }
  return new File([bytes], `${name}.${kind}`, { type: said.media_type });
}

export async function devices() {
  const said = await ask("/v1/devices", null, 3);
  if (said.protocol !== 1 || !Array.isArray(said.devices)) throw new Fault(say.strange);
  return said.devices.slice(0, 20).map((d) => ({ kind: line(d?.kind, 20), name: line(d?.name, 80), ready: d?.ready === true }));
}

export async function readCard(nonce) {
  const said = await ask("/v1/id-card:read", { nonce }, 20);
  const card = said.card ?? {};
  if (!line(card.name, 100) || !line(card.number, 40) || !line(card.kind, 20) || !line(said.device, 80)) throw new Fault(say.strange);
  return { card, reading: { ...card, device: said.device, nonce, read_at: line(said.read_at, 40), signature: said.signature ?? null } };
}

export async function scan(most) {
  const said = await ask("/v1/camera:scan", { pages: most }, 60);
  if (!Array.isArray(said.pages) || !said.pages.length || said.pages.length > most) throw new Fault(say.strange);
  return said.pages.map((one, n) => file(one, `scan-${n + 1}`));
}

export async function sign(prompt) {
  const said = await ask("/v1/signature:capture", { prompt }, 90);
  return { file: file(said, "signature"), device: line(said.device, 80) };
}

export async function print(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let n = 0; n < bytes.length; n += 32768) text += String.fromCharCode(...bytes.subarray(n, n + 32768));
  await ask("/v1/print", { media_type: "application/pdf", data: btoa(text), copies: 1 }, 30);
}
