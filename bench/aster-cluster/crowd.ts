// Many clients that lose their server and come back to another, in a process of their own.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connect, createSecureContext, type TLSSocket } from "node:tls";

/** What the crowd is asked to do; each is answered with what it led to. */
export type CrowdJob =
  /** Opens connections with these session tokens in turn and waits until all are in. */
  | {
      readonly kind: "enter";
      readonly port: number;
      readonly connections: number;
      readonly tokens: readonly string[];
      /** Whether they follow who is online by changes, or are told whole lists. */
      readonly follows: boolean;
    }
  /** Waits until all have lost their connection, and brings them back at another server. */
  | { readonly kind: "return"; readonly port: number; readonly expected: number };

/** Seconds from the loss to the last of all clients, and what somebody has not got: messages, and users online. */
export interface Returned {
  readonly connectedSeconds: number;
  readonly loggedInSeconds: number;
  readonly caughtUpSeconds: number;
  readonly lost: number;
  readonly presentSeconds: number;
  readonly wrongLists: number;
}

type Reply = Readonly<Record<string, unknown>>;

/** Connections that are opened at the same time. */
const atOnce = 64;
/** One for all, as a browser has it: to make one takes as long as much of a handshake. */
const secureContext = createSecureContext();
const contentCommand = '"command":"content"';
const onlineReply = '{"command":"online"';
const onlinePush = '{"data":[';
const presencePush = '{"came":[';
/** How long the last batch about who is online may take, in ms: it is put off for ten seconds at most. */
const longestBatchMs = 30_000;

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

/** How many numbers are in a list of JSON; counted, because parsing it would take longer than all else. */
function lengthOf(line: string, name: string): number {
  const start = line.indexOf(`"${name}":[`) + name.length + 4;
  const end = line.indexOf("]", start);
  if (end === start) return 0;
  let count = 1;
  for (let at = line.indexOf(",", start); at >= 0 && at < end; at = line.indexOf(",", at + 1)) count++;
  return count;
}

/** Changes of who is online, by the text that tells them to everybody. */
const changes = new Map<string, { readonly came: ReadonlySet<number>; readonly left: number }>();

function changesOf(line: string) {
  let found = changes.get(line);
  if (!found) {
    if (changes.size > 100) changes.clear();
    const { came, left } = JSON.parse(line) as { came: number[]; left: number[] };
    found = { came: new Set(came), left: left.length };
    changes.set(line, found);
  }
  return found;
}

class Guest {
  readonly #token: string;
  readonly #follows: boolean;
  #uuid = 0;
  /** Whether it was told of itself. */
  #isSelfKnown = false;
  #socket: TLSSocket | undefined;
  #text = "";
  #waiting: { readonly mark: string; resolve(reply: Reply): void } | undefined;
  #cursor = 0;
  /** Messages that it was told of since it came back, by push or by catching up. */
  readonly told = new Set<number>();
  /** How many users it knows to be online. */
  online = 0;
  gone = Promise.withResolvers<void>();

  constructor(token: string, follows: boolean) {
    this.#token = token;
    this.#follows = follows;
  }

  async connect(port: number): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, secureContext });
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
    const extensions = ["cursor", "tokens", ...(this.#follows ? ["presence"] : [])];
    await this.#ask("hello", { client: "crowd/1", extensions });
    const { cursor, status, uuid } = await this.#ask("login", { token: this.#token });
    if (status !== 200) throw new Error(`login was answered with ${status}`);
    this.#uuid = Number(uuid);
    if (this.#cursor === 0) this.#cursor = Number(cursor);
    await this.#ask("online", {});
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
    this.#text += text;
    if (!text.includes("\n")) return;
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith(onlineReply)) {
        this.online = lengthOf(line, "data");
        this.#isSelfKnown = line.includes(String(this.#uuid));
        this.#answer({});
        continue;
      }
      const waiting = this.#waiting;
      if (waiting && line.includes(waiting.mark)) {
        this.#answer(parse(line));
      } else if (line.includes(contentCommand)) {
        this.told.add(Number(parse(line)["uuid"]));
      } else if (line.startsWith(presencePush)) {
        const { came, left } = changesOf(line);
        this.online += came.size - left;
        if (!came.has(this.#uuid)) continue;
        if (this.#isSelfKnown) this.online--;
        this.#isSelfKnown = true;
      } else if (line.startsWith(onlinePush)) {
        this.online = lengthOf(line, "data");
      }
    }
  }

  #answer(reply: Reply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
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

async function enter({ port, connections, tokens, follows }: CrowdJob & { kind: "enter" }): Promise<number> {
  guests = Array.from(
    { length: connections },
    (_, index) => new Guest(tokens[index % tokens.length] ?? "", follows),
  );
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
  // All of them are there, and the one who writes.
  const isPresent = ({ online }: Guest): boolean => online === guests.length + 1;
  while (!guests.every(isPresent) && seconds() < caughtUpSeconds + longestBatchMs / 1000) await delay(50);
  const wrongLists = guests.filter((guest) => !isPresent(guest)).length;
  return { connectedSeconds, loggedInSeconds, caughtUpSeconds, lost, presentSeconds: seconds(), wrongLists };
}

process.on("SIGTERM", () => process.exit());
process.on("disconnect", () => process.exit());
process.on("message", (job: CrowdJob) => {
  const done: Promise<unknown> = job.kind === "enter" ? enter(job) : comeBack(job);
  done.then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }),
  );
});
