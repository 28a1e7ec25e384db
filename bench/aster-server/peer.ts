import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

const newline = 0x0a;

/** The fields of a reply. */
export type Reply = Readonly<Record<string, unknown>>;

/** A client that speaks raw lines over TLS: first it asks and waits, later it only counts. */
export class Peer {
  readonly #socket: TLSSocket;
  readonly #asking = (chunk: Buffer): void => this.#search(chunk);
  readonly #counting = (chunk: Buffer): void => this.#measure(chunk);
  #onLine: (length: number) => void = () => {};
  #text = "";
  #awaited: { readonly command: string; readonly resolve: (reply: Reply) => void } | undefined;
  /** Length of the line whose end has not come. */
  #partial = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", this.#asking);
    // The one who asks or counts notices; a server under load may also cut a connection at its end.
    socket.on("error", () => {});
  }

  /** Connects with a full handshake; certificates are not what is measured. */
  static async connect(port: number): Promise<Peer> {
    return new Peer(await openTls(port));
  }

  /** Sends a request and gives its reply; what comes before it is dropped. */
  ask(command: string, fields: object = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#awaited = { command: `"command":"${command}"`, resolve };
      this.#socket.once("close", () => reject(new Error(`connection closed while waiting for ${command}`)));
      this.#socket.write(`${JSON.stringify({ command, ...fields })}\n`);
    });
  }

  /** From now on tells the length of every line, to the last one who asked; parsing would measure the client. */
  count(onLine: (length: number) => void): void {
    this.#onLine = onLine;
    this.#socket.off("data", this.#asking).off("data", this.#counting).on("data", this.#counting);
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #measure(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#onLine(end - start + this.#partial);
      this.#partial = 0;
      start = end + 1;
    }
    this.#partial += chunk.length - start;
  }

  #search(chunk: Buffer): void {
    const lines = (this.#text + chunk.toString("latin1")).split("\n");
    this.#text = lines.pop() ?? "";
    const awaited = this.#awaited;
    const found = awaited && lines.find((line) => line.includes(awaited.command));
    if (!awaited || found === undefined) return;
    this.#awaited = undefined;
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

/** Opens a WebSocket that has asked one thing and got its answer, and gives the socket under it. */
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
  // A text frame whose mask is zero, so that the bytes stay as they are.
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
