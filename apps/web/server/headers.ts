/** Types of the files that the client is made of. */
const types: { readonly [extension: string]: string } = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/**
 * What the page may do. Scripts and styles come from its own files alone. Connections are open to any WebSocket:
 * which servers a person has is known only to the page, not to who serves it. Pictures and sound may come from
 * elsewhere because people link to them; the page asks for them only when it is told to.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: https: http:",
  "media-src 'self' https: http:",
  "connect-src 'self' wss: ws:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types svelte-trusted-html",
].join("; ");

const yearSeconds = 365 * 24 * 60 * 60;

/**
 * The headers with which a file of the client is to be served.
 *
 * @param path - The file's path within {@link webClientFolder}, with `/` between folders, such as `index.html`.
 */
export function webClientHeaders(path: string): Readonly<Record<string, string>> {
  const extension = /\.([a-z]+)$/.exec(path)?.[1] ?? "";
  // Names in this folder hold a hash of their content.
  const isHashed = path.startsWith("assets/");
  return {
    "cache-control": isHashed ? `public, max-age=${yearSeconds}, immutable` : "no-cache",
    "content-security-policy": policy,
    "content-type": types[extension] ?? "application/octet-stream",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
