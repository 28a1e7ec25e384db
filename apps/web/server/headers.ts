/** Content types by file extension. */
const contentTypes: { readonly [extension: string]: string } = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
};

/**
 * Content security policy. Scripts and styles are limited to the client's own files. WebSockets can connect
 * to any host, because the set of servers is known only to the client. Images and media can come from any
 * host, because messages link to them; they are loaded only on request.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: https: http:",
  "media-src 'self' https: http:",
  "connect-src 'self' wss: ws: https: http:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types svelte-trusted-html asterite-worker asterite-service-worker",
].join("; ");

const yearSeconds = 365 * 24 * 60 * 60;

/**
 * Returns the HTTP headers of a file of the client.
 *
 * @param path - Path relative to {@link webClientFolder} with `/` separators, such as `index.html`.
 */
export function webClientHeaders(path: string): Readonly<Record<string, string>> {
  const extension = /\.([a-z]+)$/.exec(path)?.[1] ?? "";
  // File names in this folder contain a content hash.
  const isHashed = path.startsWith("assets/");
  return {
    "cache-control": isHashed ? `public, max-age=${yearSeconds}, immutable` : "no-cache",
    "content-security-policy": policy,
    "content-type": contentTypes[extension] ?? "application/octet-stream",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
