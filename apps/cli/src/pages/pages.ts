import type { PageHandler } from "@asterite/aster-server";
import { ConfigError } from "../config-file.ts";
import { packagedWebClient, runsFromSource } from "../package-paths.ts";
import { isNodePath, proxyToNode } from "./node-proxy.ts";
import { StaticFiles } from "./static-files.ts";

const plain = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };

/**
 * Creates the handler for browsers on the chat port: serves the web client, and audio and artwork of the
 * node.
 */
export async function createPageHandler(listenFrom: string | undefined): Promise<PageHandler> {
  const { webClientFolder, webClientHeaders } = await import("@asterite/web");
  const folder = runsFromSource ? webClientFolder : packagedWebClient;
  let files: StaticFiles;
  try {
    files = await StaticFiles.read(folder, webClientHeaders);
  } catch (cause) {
    const advice = runsFromSource ? "run `npm run build`" : "install the package again";
    throw new ConfigError(`web client not found in ${folder}; ${advice}`, { cause });
  }
  const node = listenFrom === undefined ? null : new URL(listenFrom);
  return (request, response, address) => {
    const { method, url = "/" } = request;
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { ...plain, allow: "GET, HEAD" }).end("Method not allowed.\n");
      return;
    }
    const requested = URL.parse(url, "http://page");
    if (node && requested && isNodePath(requested)) {
      proxyToNode(node, requested, request, response, address);
      return;
    }
    const path = requested && pathOf(requested);
    const notFound = (): void => {
      response.writeHead(404, plain).end("Not found.\n");
    };
    if (path === null) return notFound();
    files.respond(path, request, response).then(
      (found) => found || notFound(),
      () => response.destroy(),
    );
  };
}

/** Returns the decoded path without its leading slash; null if it is malformed. */
function pathOf({ pathname }: URL): string | null {
  try {
    return decodeURIComponent(pathname).slice(1);
  } catch {
    return null;
  }
}
