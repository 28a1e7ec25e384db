// Serves the application without a connection. The build adds `precached`, the files of the application, before this
// code. Data of accounts never pass through here: they come over WebSockets.

/** Event whose handling lasts until a promise is settled. */
interface WorkerEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface WorkerFetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** Part of `ServiceWorkerGlobalScope`, whose types exclude those of pages. */
interface WorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: WorkerFetchEvent) => void): void;
}

declare const precached: { readonly version: string; readonly files: readonly string[] };

const worker = self as unknown as WorkerScope;
const { scope } = worker.registration;
const prefix = `asterite ${scope} `;
const cacheName = `${prefix}${precached.version}`;
/** Time after which a page that is slow to load is taken from the cache. */
const maxWaitMs = 4000;

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(["./", ...precached.files].map((file) => new Request(file, { cache: "no-cache" })));
  // Pages of the previous build keep their files, which stay in its cache.
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  for (const name of names.slice(0, -1)) await caches.delete(name);
  await worker.clients.claim();
}

/** Loads the page from the server, so that a new build is used at once; from the cache without a connection. */
async function loadPage(request: Request): Promise<Response> {
  const cached = await caches.match(new URL("./", scope), { cacheName });
  if (!cached) return await fetch(request);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(maxWaitMs) });
    return response.status >= 500 ? cached : response;
  } catch {
    return cached;
  }
}

/** Loads a file whose name contains a hash of its content. */
async function loadFile(request: Request): Promise<Response> {
  const cached = await caches.match(request, { ignoreVary: true });
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok) {
    const copy = response.clone();
    // The page works without the copy, for which a full storage has no room.
    await caches
      .open(cacheName)
      .then((cache) => cache.put(request, copy))
      .catch(() => {});
  }
  return response;
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { href } = new URL(request.url);
  if (request.method !== "GET" || !href.startsWith(scope)) return;
  const path = href.slice(scope.length).replace(/[?#].*$/, "");
  if (request.mode === "navigate" && (path === "" || path === "index.html")) {
    event.respondWith(loadPage(request));
  } else if (path.startsWith("assets/") || precached.files.includes(path)) {
    event.respondWith(loadFile(request));
  }
});
