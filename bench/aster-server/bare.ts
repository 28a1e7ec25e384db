// Bare listener, the upper bound of what is possible: the same packets over the same TLS, parsed, serialized
// once and
// sent to all, with one write per connection and turn of the event loop. No permissions, no order, no store.

import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";

const [chain = "", key = ""] = process.argv.slice(2);
const newline = 0x0a;
const channel = 2 ** 52 + 1;

interface Request {
  readonly command: string;
  readonly content?: string;
}

class BareConnection {
  readonly socket: TLSSocket;
  readonly author_uuid = Math.floor(Math.random() * 2 ** 53);
  replies = "";
  #partial: Buffer | undefined;

  constructor(socket: TLSSocket) {
    this.socket = socket;
  }

  receive(chunk: Buffer): void {
    const bytes = this.#partial ? Buffer.concat([this.#partial, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      this.#answer(JSON.parse(bytes.toString("utf8", start, end)));
      start = end + 1;
    }
    this.#partial = start < bytes.length ? bytes.subarray(start) : undefined;
  }

  #answer({ command, content }: Request): void {
    const packet = { command, status: 200 };
    if (command === "send") {
      const message = Math.floor(Math.random() * 2 ** 53);
      const { author_uuid } = this;
      const date = Math.floor(Date.now() / 1000);
      const stored = { uuid: message, content, author_uuid, channel_uuid: channel, date, edited: false };
      publish(JSON.stringify({ ...stored, reply: null, command: "content", status: 200 }));
      reply(this, JSON.stringify({ message, ...packet }));
    } else if (command === "list_channels") {
      reply(this, JSON.stringify({ data: [{ uuid: channel }], ...packet }));
    } else {
      reply(this, JSON.stringify({ uuid: this.author_uuid, token: "none", ...packet }));
    }
  }
}

const connections = new Set<BareConnection>();
const replying = new Set<BareConnection>();
let pushes = "";
let isScheduled = false;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(flush);
}

function publish(json: string): void {
  pushes += `${json}\n`;
  schedule();
}

function reply(connection: BareConnection, json: string): void {
  connection.replies += `${json}\n`;
  replying.add(connection);
  schedule();
}

function flush(): void {
  isScheduled = false;
  const shared = Buffer.from(pushes);
  for (const { socket, replies } of pushes === "" ? replying : connections) {
    if (replies === "") socket.write(shared);
    else socket.write(pushes === "" ? replies : Buffer.concat([shared, Buffer.from(replies)]));
  }
  for (const connection of replying) connection.replies = "";
  replying.clear();
  pushes = "";
}

const server = createServer(
  { cert: readFileSync(chain), key: readFileSync(key), noDelay: true },
  (socket) => {
    const connection = new BareConnection(socket);
    connections.add(connection);
    socket.on("data", (chunk: Buffer) => connection.receive(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => connections.delete(connection));
  },
);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
process.on("disconnect", () => process.exit());
