import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

const newline = 0x0a;

/** The fields of a reply. */
export type Reply = Readonly<Record<string, unknown>>;

/** Client over TLS with line framing: sends requests and waits for replies, or only counts lines. */
export class Peer {
  readonly #socket: TLSSocket;
  readonly #readReplies = (chunk: Buffer): void => this.#findReply(chunk);
  readonly #measureLines = (chunk: Buffer): void => this.#emitLineLengths(chunk);
  #onLine: (length: number) => void = () => {};
  #text = "";
  #pending: { readonly command: string; readonly resolve: (reply: Reply) => void } | undefined;
  /** Length of the incomplete last line. */
  #partial = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", this.#readReplies);
    // Callers notice by themselves; a server under load may also reset connections when they are closed.
    socket.on("error", () => {});
  }

  /** Connects with a full handshake. Does not verify the certificate. */
  static async connect(port: number): Promise<Peer> {
    return new Peer(await openTls(port));
  }

  /** Sends a request and returns its reply. Pushes that arrive before it are dropped. */
  request(command: string, fields: object = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#pending = { command: `"command":"${command}"`, resolve };
      this.#socket.once("close", () => reject(new Error(`connection closed while waiting for ${command}`)));
      this.#socket.write(`${JSON.stringify({ command, ...fields })}\n`);
    });
  }

  /** Calls the listener with the length of each line from now on; parsing would slow down the client. */
  countLines(onLine: (length: number) => void): void {
    this.#onLine = onLine;
    this.#socket
      .off("data", this.#readReplies)
      .off("data", this.#measureLines)
      .on("data", this.#measureLines);
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #emitLineLengths(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#onLine(end - start + this.#partial);
      this.#partial = 0;
      start = end + 1;
    }
    this.#partial += chunk.length - start;
  }

  #findReply(chunk: Buffer): void {
    const lines = (this.#text + chunk.toString("latin1")).split("\n");
    this.#text = lines.pop() ?? "";
    const awaited = this.#pending;
    const found = awaited && lines.find((line) => line.includes(awaited.command));
    if (!awaited || found === undefined) return;
    this.#pending = undefined;
    this.#socket.removeAllListeners("close");
    const reply: Reply = JSON.parse(found);
    awaited.resolve(reply);
  }
}

async function openTls(port: number): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  socket.setNoDelay(true);
  await once(socket, "secureConnect");
  return socket;
}

/** Opens a WebSocket, waits for the reply to one ping, and returns the underlying socket. */
export async function openWebSocket(port: number): Promise<TLSSocket> {
  const socket = await openTls(port);
  const key = randomBytes(16).toString("base64");
  socket.on("error", () => {});
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await untilContains(socket, "\r\n\r\n");
  const ping = Buffer.from('{"command":"ping"}');
  // A text frame with a zero mask, which leaves the bytes unchanged.
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | ping.length, 0, 0, 0, 0]), ping]));
  await untilContains(socket, '"command":"ping"');
  return socket;
}

async function untilContains(socket: TLSSocket, text: string): Promise<void> {
  let seen = "";
  while (!seen.includes(text)) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    seen += chunk.toString("latin1");
  }
}
