import type { PageHandler } from "@asterite/aster-server";
import { ConfigError } from "../config-file.ts";
import { packedWebClient, runsFromSource } from "../package-paths.ts";
import { isForNode, passToNode } from "./node-proxy.ts";
import { StaticFiles } from "./static-files.ts";

const plain = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };

/** What browsers get where the chat is: the web client, and what the node has for everybody: audio and pictures. */
export async function openPages(listenFrom: string | undefined): Promise<PageHandler> {
  const { webClientFolder, webClientHeaders } = await import("@asterite/web");
  const folder = runsFromSource ? webClientFolder : packedWebClient;
  let files: StaticFiles;
  try {
    files = await StaticFiles.read(folder, webClientHeaders);
  } catch (cause) {
    throw new ConfigError(`The web client is not in ${folder}; \`npm run build\` puts it there`, { cause });
  }
  const node = listenFrom === undefined ? null : new URL(listenFrom);
  return (request, response) => {
    const { method, url = "/" } = request;
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { ...plain, allow: "GET, HEAD" }).end("Only GET and HEAD.\n");
      return;
    }
    const wanted = URL.parse(url, "http://page");
    if (node && wanted && isForNode(wanted)) {
      passToNode(node, wanted, request, response);
      return;
    }
    const path = wanted && pathOf(wanted);
    const notFound = (): void => {
      response.writeHead(404, plain).end("There is no such page.\n");
    };
    if (path === null) return notFound();
    files.answer(path, request, response).then(
      (found) => found || notFound(),
      () => response.destroy(),
    );
  };
}

/** The path without its first slash; null for one that is no path. */
function pathOf({ pathname }: URL): string | null {
  try {
    return decodeURIComponent(pathname).slice(1);
  } catch {
    return null;
  }
}
