import { setTimeout as delay } from "node:timers/promises";
import { LineClient, type PacketClient, type ReceivedPacket } from "@asterite/testkit";
import { ask } from "./server.ts";

/** Where a process can be reached; a test may point it to another one that was started in its place. */
export interface Place {
  port: number;
}

const retryMs = 50;
const answerTimeoutMs = 15_000;

/** A client that comes back, to another process each time. */
class Persistent {
  readonly #places: readonly Place[];
  readonly #name: string;
  #next: number;
  protected client: PacketClient | undefined;
  protected isStopping = false;
  /** How often the connection was made. */
  connections = 0;

  constructor(places: readonly Place[], name: string, first: number) {
    this.#places = places;
    this.#name = name;
    this.#next = first;
  }

  /** Opens a connection and logs in; goes on trying until it succeeds. */
  protected async connect(): Promise<PacketClient> {
    for (;;) {
      const place = this.#places[this.#next++ % this.#places.length];
      let client: PacketClient | undefined;
      try {
        client = await LineClient.connect({ port: place?.port ?? 0, plaintext: true });
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
        throw new Error(`login was answered with ${status}`);
      } catch (error) {
        await client?.close();
        if (this.isStopping) throw error;
        await delay(retryMs);
      }
    }
  }
}

/** Sends messages one after the other, each with a nonce, and again until it is acknowledged. */
export class Writer extends Persistent {
  /** What was acknowledged, in order. */
  readonly acknowledged: number[] = [];
  /** Messages that were sent, those included that were sent again. */
  attempts = 0;
  /** When the last message was acknowledged, and the longest time between two. */
  lastAtMs = performance.now();
  longestGapMs = 0;
  readonly #name: string;
  readonly #pauseMs: number;

  /** @param pauseMs - How long to rest after each message. */
  constructor(places: readonly Place[], name: string, first: number, pauseMs = 0) {
    super(places, name, first);
    this.#name = name;
    this.#pauseMs = pauseMs;
  }

  /** Sends until it is told to stop, and then ends with an acknowledged message. */
  async run(channel: number): Promise<void> {
    for (let count = 0; !this.isStopping; count++) {
      const nonce = `${this.#name} ${count}`;
      for (let uuid: number | undefined; uuid === undefined; ) {
        uuid = await this.#send({ channel, content: nonce, nonce });
        if (uuid !== undefined) this.#note(uuid);
      }
      if (this.#pauseMs > 0) await delay(this.#pauseMs);
    }
    await this.client?.close();
  }

  stop(): void {
    this.isStopping = true;
  }

  #note(uuid: number): void {
    this.acknowledged.push(uuid);
    const nowMs = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.lastAtMs);
    this.lastAtMs = nowMs;
  }

  async #send(fields: object): Promise<number | undefined> {
    this.attempts++;
    try {
      const client = this.client ?? (await this.connect());
      client.send({ ...fields, command: "send" });
      const { packet } = await client.until(({ command }) => command === "send", {
        timeoutMs: answerTimeoutMs,
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

/** Listens, and fetches what it has missed when it comes back. */
export class Reader extends Persistent {
  /** The messages that it was told of, in order. */
  readonly told: number[] = [];
  /** Pushes that told what had been told before. */
  repeated = 0;
  #cursor = 0;

  /** Listens until it is told to stop. */
  async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        const client = await this.connect();
        await this.#catchUp(client);
        for (;;) this.#take(await client.next({ timeoutMs: 600_000 }));
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
    for (let more = true; more; ) {
      client.send({ command: "events_after", cursor: this.#cursor, limit: 1000 });
      const { packet, between } = await client.until(({ command }) => command === "events_after");
      pushes.push(...between);
      if (packet.status !== 200) throw new Error(`events_after was answered with ${packet.status}`);
      for (const event of packet["events"] as ReceivedPacket[]) this.#take(event);
      this.#cursor = Math.max(this.#cursor, Number(packet["cursor"]));
      more = packet["more"] === true;
    }
    // What was pushed while the past was fetched may be part of it.
    for (const push of pushes) if (Number(push["seq"]) > this.#cursor) this.#take(push);
  }

  #take({ command, seq, uuid }: ReceivedPacket): void {
    if (seq === undefined) return;
    if (Number(seq) <= this.#cursor) {
      this.repeated++;
      return;
    }
    this.#cursor = Number(seq);
    if (command === "content") this.told.push(Number(uuid));
  }
}
