// Service worker of the officers' check sheet. Its scope is /desk/checks/ and it keeps only what a page asked it to.
const VERSION = "__VERSION__";
const CACHE = `tq-checks-${VERSION}`;
const SHELL = "/desk/checks/saved";
const PAGE = /^\/desk\/checks\/(?:[0-9a-f-]{36}|saved)$/;
const LIFE = 7 * 86400e3;
const WAIT = 4000;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("tq-checks-") && name !== CACHE) await caches.delete(name);
  await clients.claim();
})()));

const may = (url) => url.origin === location.origin && (PAGE.test(url.pathname) || url.pathname.startsWith("/static/"));
const store = async (url, reply) => {
  if (!reply.ok || reply.redirected || reply.type !== "basic") return;
  const headers = new Headers(reply.headers);
  headers.set("X-Kept-At", String(Date.now()));
  await (await caches.open(CACHE)).put(url, new Response(await reply.blob(), { status: 200, headers }));
};
const kept = async (url) => {
  const cache = await caches.open(CACHE);
  const found = await cache.match(url);
  if (found && Date.now() - Number(found.headers.get("X-Kept-At")) > LIFE) {
    await cache.delete(url);
    return undefined;
  }
  return found;
};

addEventListener("message", (event) => event.waitUntil((async () => {
  const { keep, forget, wipe } = event.data || {};
  for (const path of keep || []) {
    const url = new URL(path, location.origin);
    if (may(url)) await fetch(url, { credentials: "same-origin" }).then((r) => store(url.pathname, r)).catch(() => {});
  }
  if (forget) await (await caches.open(CACHE)).delete(forget);
  if (wipe) await caches.delete(CACHE);
  event.ports[0]?.postMessage("done");
})()));

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !may(url)) return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(asset(event.request, url.pathname));
});

// The network first, so that a page is as it is now; what was kept when there is none.
async function page(event, path) {
  const known = await kept(path);
  try {
    const asked = fetch(event.request);
    const reply = known ? await Promise.race([asked, late()]) : await asked;
    if (reply.status === 404 || reply.status === 403) await (await caches.open(CACHE)).delete(path);
    else if (known && reply.ok && reply.type === "basic" && !reply.redirected) event.waitUntil(store(path, reply.clone()));
    return reply;
  } catch {
    return known || (await kept(SHELL)) || Response.error();
  }
}
const late = () => new Promise((_, no) => setTimeout(no, WAIT));

async function asset(request, path) {
  return (await kept(path)) || fetch(request);
}
