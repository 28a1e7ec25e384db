import { type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { request as requestHttps } from "node:https";

/** What a browser says that the node needs to know. */
const passedHeaders = ["range", "accept", "if-none-match", "user-agent"];
/** ms until the node has to begin its answer. */
const answerMs = 10_000;

/** Paths of a node that need no password, because only the node can make the addresses below them. */
const passedPaths = ["/listen/", "/artwork/"];

/** Whether a request is for what a node is to answer. */
export const isForNode = ({ pathname }: URL): boolean =>
  passedPaths.some((passed) => pathname.startsWith(passed));

/**
 * Passes requests for audio and pictures on to a node, so that what is heard and seen has the page's own origin. The
 * node checks the signature in the path, so there is no password in this.
 *
 * @param wanted - What the request is for. Its host counts for nothing: a browser can write any.
 */
export function passToNode(
  node: URL,
  wanted: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const target = new URL(node);
  target.pathname = wanted.pathname;
  target.search = wanted.search;
  const headers = Object.fromEntries(
    passedHeaders.flatMap((name) => {
      const value = incoming.headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  const asked = request(target, { method: incoming.method, headers, timeout: answerMs });
  const fail = (): void => {
    if (!response.headersSent) {
      response.writeHead(502, { "content-type": "text/plain; charset=utf-8" });
      response.end("The audio node cannot be reached.\n");
    } else {
      response.destroy();
    }
  };
  asked.once("response", (answer) => {
    asked.setTimeout(0);
    incoming.socket.setNoDelay(true);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.once("error", fail);
  });
  asked.once("timeout", () => asked.destroy());
  asked.once("error", fail);
  response.once("close", () => asked.destroy());
  asked.end();
}
