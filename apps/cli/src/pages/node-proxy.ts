import { type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { request as requestHttps } from "node:https";

/** Request headers that are forwarded to the node. */
const forwardedHeaders = ["range", "accept", "if-none-match", "user-agent"];
/** Time within which the node must start its response, in ms. */
const responseTimeoutMs = 10_000;

/** Paths that need no password, because their URLs are signed by the node. */
const nodePaths = ["/listen/", "/artwork/", "/library/"];

/** Returns whether a request is forwarded to the node. */
export const isNodePath = ({ pathname }: URL): boolean => nodePaths.some((path) => pathname.startsWith(path));

/**
 * Proxies requests for audio, artwork and the music library to a node, so that they have the page's origin. No password is sent,
 * because the node verifies the signature in the path.
 *
 * @param url - Requested URL. Its host is ignored, because clients can send any.
 * @param address - Address of the client, for which the node limits the streams: not that of this process, or of a
 *   reverse proxy.
 */
export function proxyToNode(
  node: URL,
  url: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
  address: string,
): void {
  const target = new URL(node);
  target.pathname = url.pathname;
  target.search = url.search;
  const headers: Record<string, string | string[]> = Object.fromEntries(
    forwardedHeaders.flatMap((name) => {
      const value = incoming.headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  headers["x-forwarded-for"] = address;
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  const upstream = request(target, { method: incoming.method, headers, timeout: responseTimeoutMs });
  const fail = (): void => {
    if (!response.headersSent) {
      response.writeHead(502, { "content-type": "text/plain; charset=utf-8" });
      response.end("The audio node is unreachable.\n");
    } else {
      response.destroy();
    }
  };
  upstream.once("response", (upstreamResponse) => {
    upstream.setTimeout(0);
    incoming.socket.setNoDelay(true);
    response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
    upstreamResponse.pipe(response);
    upstreamResponse.once("error", fail);
  });
  upstream.once("timeout", () => upstream.destroy());
  upstream.once("error", fail);
  response.once("close", () => upstream.destroy());
  upstream.end();
}
