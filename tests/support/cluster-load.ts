import { setTimeout as delay } from "node:timers/promises";
import { LineClient, type PacketClient, type ReceivedPacket } from "@asterite/testkit";
import { ask } from "./server.ts";

/** Address of a process. A test changes the port when it replaces the process. */
export interface Endpoint {
  port: number;
}

const retryMs = 50;
const replyTimeoutMs = 15_000;

/** Client that reconnects, each time to the next process. */
class ReconnectingClient {
  readonly #endpoints: readonly Endpoint[];
  readonly #name: string;
  #next: number;
  protected client: PacketClient | undefined;
  protected isStopping = false;
  /** Number of connections made. */
  connections = 0;

  constructor(endpoints: readonly Endpoint[], name: string, first: number) {
    this.#endpoints = endpoints;
    this.#name = name;
    this.#next = first;
  }

  /** Connects and logs in; retries until it succeeds. */
  protected async connect(): Promise<PacketClient> {
    for (;;) {
      const endpoint = this.#endpoints[this.#next++ % this.#endpoints.length];
      let client: PacketClient | undefined;
      try {
        client = await LineClient.connect({ port: endpoint?.port ?? 0, plaintext: true });
        await ask(client, "hello", { client: "test/1", extensions: ["cursor", "nonce"] });
        const credentials = { uname: this.#name, passwd: "secret" };
        const { reply } = await ask(client, "login", credentials);
        const status =
          reply.status === 404 ? (await ask(client, "register", credentials)).reply.status : reply.status;
        if (status === 200) {
          this.client = client;
          this.connections++;
          return client;
        }
        throw new Error(`login failed: status ${status}`);
      } catch (error) {
        await client?.close();
        if (this.isStopping) throw error;
        await delay(retryMs);
      }
    }
  }
}

/** Sends messages one after the other, each with a nonce, and repeats each one until it is acknowledged. */
export class Writer extends ReconnectingClient {
  /** UUIDs of acknowledged messages, in order. */
  readonly acknowledged: number[] = [];
  /** Number of sends, including repeated ones. */
  attempts = 0;
  /** Time of the last acknowledgement. */
  lastAtMs = performance.now();
  /** Longest time between two acknowledgements. */
  maxGapMs = 0;
  readonly #name: string;
  readonly #pauseMs: number;

  /** @param pauseMs - Delay after each message. */
  constructor(endpoints: readonly Endpoint[], name: string, first: number, pauseMs = 0) {
    super(endpoints, name, first);
    this.#name = name;
    this.#pauseMs = pauseMs;
  }

  /** Sends until {@link Writer.stop}; resolves after the last message is acknowledged. */
  async run(channel: number): Promise<void> {
    for (let count = 0; !this.isStopping; count++) {
      const nonce = `${this.#name} ${count}`;
      for (let uuid: number | undefined; uuid === undefined; ) {
        uuid = await this.#send({ channel, content: nonce, nonce });
        if (uuid !== undefined) this.#recordAcknowledged(uuid);
      }
      if (this.#pauseMs > 0) await delay(this.#pauseMs);
    }
    await this.client?.close();
  }

  stop(): void {
    this.isStopping = true;
  }

  #recordAcknowledged(uuid: number): void {
    this.acknowledged.push(uuid);
    const nowMs = performance.now();
    this.maxGapMs = Math.max(this.maxGapMs, nowMs - this.lastAtMs);
    this.lastAtMs = nowMs;
  }

  async #send(fields: object): Promise<number | undefined> {
    this.attempts++;
    try {
      const client = this.client ?? (await this.connect());
      client.send({ ...fields, command: "send" });
      const { packet } = await client.until(({ command }) => command === "send", {
        timeoutMs: replyTimeoutMs,
      });
      if (packet.status === 200) return Number(packet["message"]);
    } catch {
      await this.client?.close();
      this.client = undefined;
    }
    await delay(retryMs);
    return undefined;
  }
}

/** Receives messages, and catches up on missed ones after a reconnect. */
export class Reader extends ReconnectingClient {
  /** UUIDs of received messages, in order. */
  readonly received: number[] = [];
  /** Number of pushes that had been received before. */
  duplicates = 0;
  #cursor = 0;

  /** Receives until {@link Reader.stop}. */
  async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        const client = await this.connect();
        await this.#catchUp(client);
        for (;;) this.#apply(await client.next({ timeoutMs: 600_000 }));
      } catch {
        await this.client?.close();
      }
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.client?.close();
  }

  async #catchUp(client: PacketClient): Promise<void> {
    const pushes: ReceivedPacket[] = [];
    for (let hasMore = true; hasMore; ) {
      client.send({ command: "events_after", cursor: this.#cursor, limit: 1000 });
      const { packet, between } = await client.until(({ command }) => command === "events_after");
      pushes.push(...between);
      if (packet.status !== 200) throw new Error(`events_after failed: status ${packet.status}`);
      for (const event of packet["events"] as ReceivedPacket[]) this.#apply(event);
      this.#cursor = Math.max(this.#cursor, Number(packet["cursor"]));
      hasMore = packet["more"] === true;
    }
    // Pushes that arrived while catching up may be among the fetched events.
    for (const push of pushes) if (Number(push["seq"]) > this.#cursor) this.#apply(push);
  }

  #apply({ command, seq, uuid }: ReceivedPacket): void {
    if (seq === undefined) return;
    if (Number(seq) <= this.#cursor) {
      this.duplicates++;
      return;
    }
    this.#cursor = Number(seq);
    if (command === "content") this.received.push(Number(uuid));
  }
}
