// Entry point of a separate process with many clients that lose their server and reconnect to another.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connect, createSecureContext, type TLSSocket } from "node:tls";

/** Job for the crowd process, which replies with the result. */
export type CrowdJob =
  /** Connects, with the session tokens in turn; the reply is sent when all clients are logged in. */
  | {
      readonly type: "connect";
      readonly port: number;
      readonly connections: number;
      readonly tokens: readonly string[];
      /** Whether they subscribe to presence changes; otherwise they receive full lists. */
      readonly subscribesToPresence: boolean;
    }
  /** Waits until all clients are disconnected, and reconnects them to another server. */
  | { readonly type: "reconnect"; readonly port: number; readonly expected: number };

/**
 * Seconds from the disconnect to the last client in each phase, and missing data: messages and online users.
 */
export interface ReconnectResult {
  readonly connectedSeconds: number;
  readonly loggedInSeconds: number;
  readonly caughtUpSeconds: number;
  readonly lost: number;
  readonly presentSeconds: number;
  readonly wrongLists: number;
}

type Reply = Readonly<Record<string, unknown>>;

/** Connections that are opened concurrently. */
const parallelConnects = 64;
/** Shared by all connections, as in a browser: creating one costs as much as much of a handshake. */
const secureContext = createSecureContext();
const contentCommand = '"command":"content"';
const onlineReply = '{"command":"online"';
const onlinePush = '{"data":[';
const presencePush = '{"came":[';
/** Timeout for the last presence push, which the server delays for up to ten seconds. */
const maxPresenceDelayMs = 30_000;

/** Parsed replies by text: clients receive identical texts, and parsing is not what is measured. */
const parsedReplies = new Map<string, Reply>();

function parse(line: string): Reply {
  let reply = parsedReplies.get(line);
  if (!reply) {
    if (parsedReplies.size > 1000) parsedReplies.clear();
    reply = JSON.parse(line) as Reply;
    parsedReplies.set(line, reply);
  }
  return reply;
}

/** Counts the numbers in a JSON array without parsing it, which would take longer than all other work. */
function countItems(line: string, name: string): number {
  const start = line.indexOf(`"${name}":[`) + name.length + 4;
  const end = line.indexOf("]", start);
  if (end === start) return 0;
  let count = 1;
  for (let at = line.indexOf(",", start); at >= 0 && at < end; at = line.indexOf(",", at + 1)) count++;
  return count;
}

/** Parsed presence changes by text: all clients receive the same text. */
const changes = new Map<string, { readonly came: ReadonlySet<number>; readonly left: number }>();

function parsePresence(line: string) {
  let found = changes.get(line);
  if (!found) {
    if (changes.size > 100) changes.clear();
    const { came, left } = JSON.parse(line) as { came: number[]; left: number[] };
    found = { came: new Set(came), left: left.length };
    changes.set(line, found);
  }
  return found;
}

class CrowdClient {
  readonly #token: string;
  readonly #hasPresence: boolean;
  #uuid = 0;
  /** Whether `online` includes the client itself. */
  #countsItself = false;
  #socket: TLSSocket | undefined;
  #text = "";
  #pending: { readonly mark: string; resolve(reply: Reply): void } | undefined;
  #cursor = 0;
  /** Messages received since the reconnect, by push or by catching up. */
  readonly received = new Set<number>();
  /** Number of users that the client knows to be online. */
  online = 0;
  disconnected = Promise.withResolvers<void>();

  constructor(token: string, subscribesToPresence: boolean) {
    this.#token = token;
    this.#hasPresence = subscribesToPresence;
  }

  async connect(port: number): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, secureContext });
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    this.disconnected = Promise.withResolvers();
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#receive(text));
    socket.once("close", () => this.disconnected.resolve());
    this.#text = "";
    this.#socket = socket;
  }

  async logIn(): Promise<void> {
    const extensions = ["cursor", "tokens", ...(this.#hasPresence ? ["presence"] : [])];
    await this.#request("hello", { client: "crowd/1", extensions });
    const { cursor, status, uuid } = await this.#request("login", { token: this.#token });
    if (status !== 200) throw new Error(`login failed: status ${status}`);
    this.#uuid = Number(uuid);
    if (this.#cursor === 0) this.#cursor = Number(cursor);
    await this.#request("online", {});
  }

  async catchUp(): Promise<void> {
    for (let hasMore = true; hasMore; ) {
      const reply = await this.#request("events_after", { cursor: this.#cursor, limit: 1000 });
      for (const { command, uuid } of reply["events"] as Reply[]) {
        if (command === "content") this.received.add(Number(uuid));
      }
      this.#cursor = Number(reply["cursor"]);
      hasMore = reply["more"] === true;
    }
  }

  #request(command: string, fields: object): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#pending = { mark: `"command":"${command}"`, resolve };
      void this.disconnected.promise.then(() => reject(new Error("connection lost")));
      this.#socket?.write(`${JSON.stringify({ command, ...fields })}\n`);
    });
  }

  #receive(text: string): void {
    this.#text += text;
    if (!text.includes("\n")) return;
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith(onlineReply)) {
        this.online = countItems(line, "data");
        this.#countsItself = line.includes(String(this.#uuid));
        this.#resolvePending({});
        continue;
      }
      const waiting = this.#pending;
      if (waiting && line.includes(waiting.mark)) {
        this.#resolvePending(parse(line));
      } else if (line.includes(contentCommand)) {
        this.received.add(Number(parse(line)["uuid"]));
      } else if (line.startsWith(presencePush)) {
        const { came, left } = parsePresence(line);
        this.online += came.size - left;
        if (!came.has(this.#uuid)) continue;
        if (this.#countsItself) this.online--;
        this.#countsItself = true;
      } else if (line.startsWith(onlinePush)) {
        this.online = countItems(line, "data");
      }
    }
  }

  #resolvePending(reply: Reply): void {
    const waiting = this.#pending;
    this.#pending = undefined;
    waiting?.resolve(reply);
  }
}

let clients: CrowdClient[] = [];

async function forEachClient(task: (guest: CrowdClient) => Promise<void>): Promise<void> {
  const queue = clients.values();
  const work = async (): Promise<void> => {
    for (const guest of queue) await task(guest);
  };
  await Promise.all(Array.from({ length: parallelConnects }, work));
}

async function connectAll({
  port,
  connections,
  tokens,
  subscribesToPresence,
}: CrowdJob & { type: "connect" }): Promise<number> {
  clients = Array.from(
    { length: connections },
    (_, index) => new CrowdClient(tokens[index % tokens.length] ?? "", subscribesToPresence),
  );
  await forEachClient(async (guest) => {
    await guest.connect(port);
    await guest.logIn();
  });
  return clients.length;
}

async function reconnectAll({ port, expected }: CrowdJob & { type: "reconnect" }): Promise<ReconnectResult> {
  await Promise.all(clients.map(({ disconnected: gone }) => gone.promise));
  const beganAt = performance.now();
  const seconds = (): number => (performance.now() - beganAt) / 1000;
  let [connectedSeconds, loggedInSeconds, caughtUpSeconds] = [0, 0, 0];
  for (const guest of clients) guest.received.clear();
  await forEachClient(async (guest) => {
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
  // Clients that caught up early receive the remaining messages as pushes.
  const hasAll = ({ received }: CrowdClient): boolean => received.size >= expected;
  for (let turns = 0; turns < 100 && !clients.every(hasAll); turns++) await delay(50);
  const lost = clients.reduce((sum, { received }) => sum + Math.max(0, expected - received.size), 0);
  // All clients and the writer are online.
  const hasAllOnline = ({ online }: CrowdClient): boolean => online === clients.length + 1;
  while (!clients.every(hasAllOnline) && seconds() < caughtUpSeconds + maxPresenceDelayMs / 1000)
    await delay(50);
  const wrongLists = clients.filter((guest) => !hasAllOnline(guest)).length;
  return { connectedSeconds, loggedInSeconds, caughtUpSeconds, lost, presentSeconds: seconds(), wrongLists };
}

process.on("SIGTERM", () => process.exit());
process.on("disconnect", () => process.exit());
process.on("message", (job: CrowdJob) => {
  const done: Promise<unknown> = job.type === "connect" ? connectAll(job) : reconnectAll(job);
  done.then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }),
  );
});
