import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What strangers did in one attack, and how the server answered. */
export interface Tally {
  connections: number;
  /** Connections that the server refused or ended. */
  cuts: number;
  sentBytes: number;
  /** Replies with a status other than 200. */
  refused: number;
}

/** Creates a tally of nothing. */
export const emptyTally = (): Tally => ({ connections: 0, cuts: 0, sentBytes: 0, refused: 0 });

const handshake =
  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** Returns a masked text frame that announces one length and carries another. */
export function textFrame(payload: string | Buffer, announced = payload.length): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x81;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(announced), 2);
  // The mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** One TLS connection of a stranger. It keeps no packets, so that a flood costs the attacker little. */
export class Wire {
  readonly socket: Socket;
  /** Resolves when the connection has ended, also before its handshake; never rejects. */
  readonly closed: Promise<void>;
  readonly #tally: Tally;
  #rest = "";
  readonly #waiters = new Set<(line: string) => void>();

  constructor(socket: Socket, tally: Tally) {
    this.socket = socket;
    this.#tally = tally;
    tally.connections++;
    let isOwnEnd = false;
    const destroy = socket.destroy.bind(socket);
    this.close = () => {
      isOwnEnd = true;
      destroy();
    };
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (text: string) => this.#receive(text));
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        if (!isOwnEnd) tally.cuts++;
        resolve();
      });
    });
  }

  /** Ends the connection from this side. */
  readonly close: () => void;

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** Writes bytes; resolves when the system takes more, or the connection has ended. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.socket.destroyed) return;
    this.#tally.sentBytes += bytes.length;
    if (this.socket.write(bytes)) return;
    await Promise.race([new Promise((resolve) => this.socket.once("drain", resolve)), this.closed]);
  }

  /** Writes one packet as a line. */
  send(packet: object): Promise<void> {
    return this.write(`${JSON.stringify(packet)}\n`);
  }

  /** Sends a request and resolves with the status of its reply; `undefined` if the connection ends before. */
  async ask(command: string, fields: object = {}): Promise<number | undefined> {
    const line = await this.askLine(command, fields);
    return line === undefined ? undefined : Number(/"status": ?(\d+)/.exec(line)?.[1]);
  }

  /** Sends a request and resolves with its reply as text. */
  async askLine(command: string, fields: object = {}): Promise<string | undefined> {
    const isReply = (line: string) => line.includes(`"command":"${command}"`) && line.includes('"status":');
    const reply = this.#line(isReply);
    await this.send({ command, ...fields });
    return await Promise.race([reply, this.closed.then(() => undefined)]);
  }

  #line(matches: (line: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      const take = (line: string) => {
        if (!matches(line)) return;
        this.#waiters.delete(take);
        resolve(line);
      };
      this.#waiters.add(take);
    });
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const status = /"status": ?(\d+)/.exec(line)?.[1];
      // Pushes have status 200.
      if (status !== undefined && status !== "200") this.#tally.refused++;
      for (const waiter of this.#waiters) waiter(line);
    }
  }
}

/** An attacker with an address of its own, as far as the loopback network has any. */
export class Stranger {
  readonly name: string;
  /** Aborted when the attack is over. */
  readonly signal: AbortSignal;
  readonly tally: Tally;
  readonly #port: number;
  readonly #address: string;
  #registration: Promise<unknown> | undefined;

  constructor(port: number, name: string, address: string, signal: AbortSignal, tally: Tally) {
    this.#port = port;
    this.name = name;
    this.#address = address;
    this.signal = signal;
    this.tally = tally;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** Connects without a TLS handshake, which the server waits for. */
  dial(): Wire {
    return this.#adopt(this.#connect());
  }

  /** Connects; the wire has ended already if the server refused it. */
  async open(): Promise<Wire> {
    const wire = this.#adopt(connectTls({ socket: this.#connect(), rejectUnauthorized: false }));
    await Promise.race([once(wire.socket, "secureConnect").catch(() => {}), wire.closed]);
    return wire;
  }

  /** Connects and upgrades to a WebSocket. */
  async openWebSocket(): Promise<Wire> {
    const wire = await this.open();
    await wire.write(handshake);
    await Promise.race([once(wire.socket, "data").catch(() => {}), wire.closed]);
    return wire;
  }

  /** Connects and logs in to the account of this stranger, which the first call registers. */
  async logIn(): Promise<Wire> {
    const account = { uname: this.name, passwd: "a stranger's password" };
    const wire = await this.open();
    const isFirst = this.#registration === undefined;
    this.#registration ??= wire.ask("register", account);
    await this.#registration;
    if (!isFirst) await wire.ask("login", account);
    return wire;
  }

  /** Calls an action until the attack is over. */
  async repeat(action: () => Promise<unknown>): Promise<void> {
    while (!this.isOver) {
      await action();
      // Attackers share their process, and leave each other a turn even where nothing was awaited.
      await new Promise(setImmediate);
    }
  }

  #connect(): Socket {
    return connectTcp({ port: this.#port, host: "127.0.0.1", localAddress: this.#address });
  }

  #adopt(socket: Socket): Wire {
    const wire = new Wire(socket, this.tally);
    if (this.signal.aborted) wire.close();
    this.signal.addEventListener("abort", wire.close, { once: true });
    void wire.closed.then(() => this.signal.removeEventListener("abort", wire.close));
    return wire;
  }
}
