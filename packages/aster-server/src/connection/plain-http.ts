import type { Socket } from "node:net";

/** Target of a redirect: host, port and path are those of the request. */
const request =
  /^(?:GET|HEAD) (\/[\x21-\x7e]*) HTTP\/1\.[01]\r\n(?:.+\r\n)*?host: *([\w.-]+|\[[\da-f:]+\])(:\d{1,5})? *\r\n/i;
const method = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT) /;

/** Header of a WebSocket handshake. Clients follow no redirect, and take a failed handshake as a sign of TLS. */
const upgrade = /\r\nupgrade:/i;

/** Returns the response to bytes that begin a plain HTTP request; undefined for other bytes, such as those of TLS. */
function responseTo(first: string): string | undefined {
  if (!method.test(first) || upgrade.test(first)) return undefined;
  const [, path = "", host, port = ""] = request.exec(first) ?? [];
  const url = host === undefined ? undefined : `https://${host}${port}${path}`;
  const body = `This port uses TLS. Open ${url ?? "the address with https:// instead of http://"}\n`;
  return [
    // Not permanent: browsers would keep it after the port has changed.
    url === undefined ? "HTTP/1.1 400 Bad Request" : "HTTP/1.1 307 Temporary Redirect",
    ...(url === undefined ? [] : [`Location: ${url}`]),
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    "Connection: close",
    "",
    first.startsWith("HEAD ") ? "" : body,
  ].join("\r\n");
}

/**
 * Reads the first bytes of a connection to a port with TLS. Answers plain HTTP with a redirect, because browsers open
 * addresses without a scheme that way, and leaves other connections to `startTls`.
 *
 * @param onTimeout - Called before a connection without bytes is closed.
 */
export function separatePlainHttp(
  socket: Socket,
  timeoutMs: number,
  startTls: () => void,
  onTimeout: () => void,
): void {
  const timer = setTimeout(() => {
    onTimeout();
    socket.destroy();
  }, timeoutMs);
  const stop = (): void => clearTimeout(timer);
  // The connection is closed after an error.
  const ignore = (): void => {};
  socket.once("close", stop).on("error", ignore);
  socket.once("readable", () => {
    const first: Buffer | null = socket.read();
    stop();
    if (first === null) {
      socket.destroy();
      return;
    }
    const response = responseTo(first.toString("latin1"));
    if (response !== undefined) {
      socket.resume();
      socket.end(response, () => socket.destroy());
      return;
    }
    socket.off("close", stop).off("error", ignore);
    socket.unshift(first);
    startTls();
  });
}
