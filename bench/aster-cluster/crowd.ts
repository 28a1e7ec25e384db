// Many clients that lose their server and come back to another, in a process of their own.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";

/** What the crowd is asked to do; each is answered with what it led to. */
export type CrowdJob =
  /** Opens connections with these session tokens in turn and waits until all are in. */
  | {
      readonly kind: "enter";
      readonly port: number;
      readonly connections: number;
      readonly tokens: readonly string[];
    }
  /** Waits until all have lost their connection, and brings them back at another server. */
  | { readonly kind: "return"; readonly port: number; readonly expected: number };

/** Seconds from the loss to the last of all clients, and messages that somebody has not got. */
export interface Returned {
  readonly connectedSeconds: number;
  readonly loggedInSeconds: number;
  readonly caughtUpSeconds: number;
  readonly lost: number;
}

type Reply = Readonly<Record<string, unknown>>;

/** Connections that are opened at the same time. */
const atOnce = 64;
const contentCommand = '"command":"content"';

/** What the texts of replies tell, since a crowd gets the same ones, and reading them is not what is measured. */
const read = new Map<string, Reply>();

function parse(line: string): Reply {
  let reply = read.get(line);
  if (!reply) {
    if (read.size > 1000) read.clear();
    reply = JSON.parse(line) as Reply;
    read.set(line, reply);
  }
  return reply;
}

class Guest {
  readonly #token: string;
  #socket: TLSSocket | undefined;
  #text = "";
  #waiting: { readonly mark: string; resolve(reply: Reply): void } | undefined;
  #cursor = 0;
  /** Messages that it was told of since it came back, by push or by catching up. */
  readonly told = new Set<number>();
  gone = Promise.withResolvers<void>();

  constructor(token: string) {
    this.#token = token;
  }

  async connect(port: number): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    this.gone = Promise.withResolvers();
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#take(text));
    socket.once("close", () => this.gone.resolve());
    this.#text = "";
    this.#socket = socket;
  }

  async logIn(): Promise<void> {
    const extensions = ["cursor", "tokens"];
    await this.#ask("hello", { client: "crowd/1", extensions });
    const { cursor, status } = await this.#ask("login", { token: this.#token });
    if (status !== 200) throw new Error(`login was answered with ${status}`);
    if (this.#cursor === 0) this.#cursor = Number(cursor);
  }

  async catchUp(): Promise<void> {
    for (let more = true; more; ) {
      const reply = await this.#ask("events_after", { cursor: this.#cursor, limit: 1000 });
      for (const { command, uuid } of reply["events"] as Reply[]) {
        if (command === "content") this.told.add(Number(uuid));
      }
      this.#cursor = Number(reply["cursor"]);
      more = reply["more"] === true;
    }
  }

  #ask(command: string, fields: object): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { mark: `"command":"${command}"`, resolve };
      void this.gone.promise.then(() => reject(new Error("connection lost")));
      this.#socket?.write(`${JSON.stringify({ command, ...fields })}\n`);
    });
  }

  #take(text: string): void {
    const lines = (this.#text + text).split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) {
      const waiting = this.#waiting;
      if (waiting && line.includes(waiting.mark)) {
        this.#waiting = undefined;
        waiting.resolve(parse(line));
      } else if (line.includes(contentCommand)) {
        this.told.add(Number(parse(line)["uuid"]));
      }
    }
  }
}

let guests: Guest[] = [];

async function eachOf(task: (guest: Guest) => Promise<void>): Promise<void> {
  const queue = guests.values();
  const work = async (): Promise<void> => {
    for (const guest of queue) await task(guest);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function enter({ port, connections, tokens }: CrowdJob & { kind: "enter" }): Promise<number> {
  guests = Array.from({ length: connections }, (_, index) => new Guest(tokens[index % tokens.length] ?? ""));
  await eachOf(async (guest) => {
    await guest.connect(port);
    await guest.logIn();
  });
  return guests.length;
}

async function comeBack({ port, expected }: CrowdJob & { kind: "return" }): Promise<Returned> {
  await Promise.all(guests.map(({ gone }) => gone.promise));
  const beganAt = performance.now();
  const seconds = (): number => (performance.now() - beganAt) / 1000;
  let [connectedSeconds, loggedInSeconds, caughtUpSeconds] = [0, 0, 0];
  for (const guest of guests) guest.told.clear();
  await eachOf(async (guest) => {
    for (;;) {
      try {
        await guest.connect(port);
        connectedSeconds = seconds();
        await guest.logIn();
        loggedInSeconds = seconds();
        await guest.catchUp();
        caughtUpSeconds = seconds();
        return;
      } catch {
        await delay(100);
      }
    }
  });
  // Whoever came early is told of the rest by pushes.
  const isWhole = ({ told }: Guest): boolean => told.size >= expected;
  for (let turns = 0; turns < 100 && !guests.every(isWhole); turns++) await delay(50);
  const lost = guests.reduce((sum, { told }) => sum + Math.max(0, expected - told.size), 0);
  return { connectedSeconds, loggedInSeconds, caughtUpSeconds, lost };
}

process.on("disconnect", () => process.exit());
process.on("message", (job: CrowdJob) => {
  const done: Promise<unknown> = job.kind === "enter" ? enter(job) : comeBack(job);
  done.then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }),
  );
});
