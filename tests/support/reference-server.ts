import { once } from "node:events";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** Any JSON object. */
export type Json = Record<string, unknown>;

/** An account of the {@link ReferenceServer}. */
export interface Account {
  uuid: number;
  name: string;
  pfp: string;
  groups: number[];
  password: string;
}

/** A message of the {@link ReferenceServer} in its wire format. */
export interface StoredMessage {
  uuid: number;
  content: string;
  author_uuid: number;
  channel_uuid: number;
  date: number;
  edited: boolean;
  reply: number | null;
}

/** Differences of a {@link ReferenceServer} from the server that it imitates. */
export interface ReferenceOptions {
  /** API version. Default `[1, 0, 0]`. */
  readonly version?: readonly number[];
  /**
   * Extensions that `hello` grants. Without any, `hello` is answered with 400, as by the reference server.
   */
  readonly extensions?: readonly string[];
  /** Sends every push twice. */
  readonly duplicatesPushes?: boolean;
  /** PEM certificate and key; plain text without one. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Number of events kept for `events_after`; a cursor before them is answered with 404. */
  readonly keptEvents?: number;
}

/** One connection to a {@link ReferenceServer}. */
export interface Peer {
  readonly socket: Socket;
  /** Received requests, in order. */
  readonly received: Json[];
  user: Account | undefined;
  isExtended: boolean;
  spoke: boolean;
}

const fieldless = new Set(
  (
    "ping leave online get_metadata get_name get_icon list_emoji list_channels list_groups sync_get " +
    "sync_get_servers get_last_reads"
  ).split(" "),
);
const needsNoLogin = new Set(
  "ping leave get_name get_icon get_metadata get_user list_emoji get_emoji register login hello".split(" "),
);
const persistent = new Set(["content", "message_edited", "message_deleted", "get_metadata", "list_channels"]);

type Answer = Json | number;

/**
 * A small line-based server that behaves like the reference server's specification: API major 1, no
 * `group_uuid`, commands without fields reject extra ones, no extensions by default. Its state is in memory
 * and survives {@link ReferenceServer.restart}; tests can send arbitrary packets on its connections.
 */
export class ReferenceServer implements AsyncDisposable {
  readonly accounts: Account[] = [];
  readonly channels: { uuid: number; name: string; position: number; permissions: object }[] = [
    { uuid: 201, name: "general", position: 0, permissions: {} },
    { uuid: 202, name: "music", position: 1, permissions: {} },
  ];
  readonly messages: StoredMessage[] = [];
  readonly emoji: { uuid: number; name: string; data: string }[] = [];
  readonly peers = new Set<Peer>();
  /** All connections so far, closed ones included. */
  readonly everyPeer: Peer[] = [];
  /** Called with each request first. A returned value is the reply, `null` suppresses the reply. */
  intercept: (peer: Peer, packet: Json) => Answer | null | undefined = () => undefined;
  /** Returns the Unix time in seconds. */
  now: () => number = () => Math.floor(Date.now() / 1000);
  port = 0;
  readonly #options: ReferenceOptions;
  readonly #sync = new Map<number, Json>();
  readonly #syncServers = new Map<number, unknown[]>();
  readonly #nonces = new Map<string, number>();
  readonly #tokens = new Map<string, Account>();
  readonly #events: Json[] = [];
  #seq = 0;
  #nextUuid = 1000;
  #server: NetServer | undefined;

  readonly #sockets = new Set<Socket>();

  private constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  static async start(options: ReferenceOptions = {}): Promise<ReferenceServer> {
    const server = new ReferenceServer(options);
    server.addAccount("ann", "secret");
    await server.listen();
    return server;
  }

  addAccount(name: string, password = "secret"): Account {
    const account = { uuid: this.uuid(), name, pfp: "iVBORw0KGgo=", groups: [], password };
    this.accounts.push(account);
    return account;
  }

  uuid(): number {
    return this.#nextUuid++;
  }

  /** Starts listening, on the same port as before a stop. */
  async listen(): Promise<void> {
    const { certificate } = this.#options;
    const accept = (socket: Socket) => this.#accept(socket);
    this.#server = certificate ? createTlsServer(certificate, accept) : createServer(accept);
    this.#server.on("tlsClientError", () => {});
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Closes every connection and stops listening; keeps the state. */
  async stop(): Promise<void> {
    const closed = this.#server?.listening ? once(this.#server, "close") : undefined;
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The newest connection. */
  get peer(): Peer {
    const peer = this.everyPeer.at(-1);
    if (!peer) throw new Error("no client has connected");
    return peer;
  }

  /** Sends a packet, or arbitrary text, on one connection. */
  tell(peer: Peer, packet: Json | string): void {
    peer.socket.write(typeof packet === "string" ? packet : `${JSON.stringify(packet)}\n`);
  }

  /** Stores a message and publishes it. */
  say(content: string, author = this.accounts[0], channel = 201, reply: number | null = null): StoredMessage {
    const message = {
      uuid: this.uuid(),
      content,
      author_uuid: author?.uuid ?? 0,
      channel_uuid: channel,
      date: this.now(),
      edited: false,
      reply,
    };
    this.messages.push(message);
    this.push({ command: "content", ...message });
    return message;
  }

  /** Sends a push to all logged-in connections. */
  push(fields: Json & { command: string }): void {
    const packet: Json = { ...fields, status: 200 };
    if (persistent.has(fields.command)) {
      packet["seq"] = ++this.#seq;
      this.#events.push(packet);
      if (this.#events.length > (this.#options.keptEvents ?? 1e6)) this.#events.shift();
    }
    for (const peer of this.peers) {
      if (!peer.user) continue;
      const { seq, ...plain } = packet;
      const packetForPeer = peer.isExtended && this.#has("cursor") ? packet : plain;
      for (let times = this.#options.duplicatesPushes ? 2 : 1; times > 0; times--)
        this.tell(peer, packetForPeer);
    }
  }

  /** Removes an event from the event sequence, by its index, as a server does that keeps only the latest state. */
  forgetEvent(index: number): void {
    this.#events.splice(index, 1);
  }

  /** Sets the event sequence back, as restoring a backup does. */
  setBack(seq: number): void {
    this.#seq = seq;
    this.#events.splice(
      0,
      this.#events.length,
      ...this.#events.filter((event) => Number(event["seq"]) <= seq),
    );
  }

  wireUser({ uuid, name, pfp, groups }: Account): Json {
    return { uuid, name, pfp, groups };
  }

  #has(extension: string): boolean {
    return this.#options.extensions?.includes(extension) ?? false;
  }

  #accept(socket: Socket): void {
    const peer: Peer = { socket, received: [], user: undefined, isExtended: false, spoke: false };
    this.peers.add(peer);
    this.everyPeer.push(peer);
    let rest = "";
    socket.setNoDelay(true).setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (chunk: string) => {
      if (!peer.spoke) {
        peer.spoke = true;
        const version = this.#options.version ?? [1, 0, 0];
        this.tell(peer, { command: "API_version", version, status: 200 });
      }
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#answer(peer, line);
    });
    socket.on("close", () => {
      this.peers.delete(peer);
      if (peer.user) this.push({ command: "online", data: this.#online() });
    });
  }

  #answer(peer: Peer, line: string): void {
    let packet: Json;
    try {
      packet = JSON.parse(line);
    } catch {
      this.tell(peer, { command: "unknown", status: 400 });
      return;
    }
    const command = String(packet["command"]);
    peer.received.push(packet);
    const intercepted = this.intercept(peer, packet);
    const answer = intercepted === undefined ? this.run(peer, packet) : intercepted;
    if (answer === null) return;
    this.tell(
      peer,
      typeof answer === "number" ? { command, status: answer } : { ...answer, command, status: 200 },
    );
  }

  /** Executes a request as the reference server does. */
  run(peer: Peer, packet: Json): Answer {
    const command = String(packet["command"]);
    if (fieldless.has(command) && Object.keys(packet).length > 1) return 400;
    if (!needsNoLogin.has(command) && !peer.user) return 401;
    switch (command) {
      case "ping":
      case "leave":
      case "nick":
      case "pfp":
      case "change_password":
      case "mark_as_read":
        return {};
      case "get_name":
        return { data: "Reference" };
      case "get_icon":
        return { data: "iVBORw0KGgo=" };
      case "get_metadata":
        return { data: this.accounts.map(this.wireUser) };
      case "get_user": {
        const found = this.accounts.find(({ uuid }) => uuid === packet["uuid"]);
        return found ? { data: this.wireUser(found) } : 404;
      }
      case "list_emoji":
        return { data: this.emoji.map(({ name, uuid }) => [name, uuid]) };
      case "get_emoji": {
        const found = this.emoji.find(({ uuid }) => uuid === packet["uuid"]);
        return found ? { data: found } : 404;
      }
      case "online":
        return { data: this.#online() };
      case "list_channels":
        return { data: this.channels };
      case "list_groups":
        // The reference server fails as soon as there is a group.
        return this.#has("groups") ? { data: [] } : 500;
      case "hello":
        if (!this.#options.extensions) return 400;
        peer.isExtended = true;
        return {
          server: "reference/0",
          extensions: this.#options.extensions,
          limits: { content: 10_000 },
          ...this.#cursor,
        };
      case "register":
      case "login":
        return this.#logIn(peer, packet);
      case "send":
        return this.#send(peer, packet);
      case "history": {
        const list = this.messages.filter(({ channel_uuid }) => channel_uuid === packet["channel"]);
        const before = packet["before_message"];
        const end = typeof before === "number" ? list.findIndex(({ uuid }) => uuid === before) : list.length;
        if (end < 0 || !this.channels.some(({ uuid }) => uuid === packet["channel"])) return 404;
        return { data: list.slice(Math.max(0, end - Number(packet["num"])), end) };
      }
      case "edit": {
        const found = this.messages.find(({ uuid }) => uuid === packet["message"]);
        if (!found) return 404;
        if (found.author_uuid !== peer.user?.uuid) return 403;
        found.content = String(packet["new_content"]);
        found.edited = true;
        this.push({ command: "message_edited", message: found.uuid, new_content: found.content });
        return {};
      }
      case "delete": {
        const index = this.messages.findIndex(({ uuid }) => uuid === packet["message"]);
        if (index < 0) return 404;
        if (this.messages[index]?.author_uuid !== peer.user?.uuid) return 403;
        this.messages.splice(index, 1);
        this.push({ command: "message_deleted", message: packet["message"] });
        return {};
      }
      case "sync_set":
        this.#sync.set(peer.user?.uuid ?? 0, { uname: packet["uname"], pfp: packet["pfp"] });
        return {};
      case "sync_get":
        return this.#sync.get(peer.user?.uuid ?? 0) ?? 404;
      case "sync_set_servers":
        this.#syncServers.set(peer.user?.uuid ?? 0, packet["servers"] as unknown[]);
        return {};
      case "sync_get_servers":
        return { servers: this.#syncServers.get(peer.user?.uuid ?? 0) ?? [] };
      case "get_num_unread":
        return { num: 3 };
      case "get_last_reads":
        return { last_reads: { "201": [1_700_000_000, 3] } };
      case "events_after": {
        if (!this.#has("cursor")) return 400;
        const cursor = Number(packet["cursor"]);
        const limit = Number(packet["limit"]);
        const first = Number(this.#events[0]?.["seq"] ?? this.#seq + 1);
        if (cursor < first - 1) return 404;
        const later = this.#events.filter(({ seq }) => Number(seq) > cursor);
        const events = later.slice(0, limit);
        return { events, cursor: Number(events.at(-1)?.["seq"] ?? this.#seq), more: later.length > limit };
      }
      default:
        return 400;
    }
  }

  get #cursor() {
    return this.#has("cursor") ? { cursor: this.#seq } : {};
  }

  #online(): number[] {
    return [...new Set([...this.peers].flatMap(({ user }) => (user ? [user.uuid] : [])))];
  }

  #logIn(peer: Peer, packet: Json): Answer {
    if (peer.user) return 405;
    let account = this.accounts.find(({ name, uuid }) =>
      typeof packet["uname"] === "string" ? name === packet["uname"] : uuid === packet["uuid"],
    );
    if (packet["command"] === "register") {
      if (account) return 409;
      account = this.addAccount(String(packet["uname"]), String(packet["passwd"]));
    } else if (this.#has("tokens") && typeof packet["token"] === "string") {
      account = this.#tokens.get(packet["token"]);
      if (!account) return 403;
    } else {
      if (packet["passwd"] === undefined) return 400;
      if (!account) return 404;
      if (account.password !== packet["passwd"]) return 403;
    }
    peer.user = account;
    this.push({ command: "get_metadata", data: [this.wireUser(account)] });
    this.push({ command: "online", data: this.#online() });
    const token = `token-${this.uuid()}`;
    if (packet["want_token"] === true) this.#tokens.set(token, account);
    return {
      uuid: account.uuid,
      ...this.#cursor,
      ...(this.#has("tokens") && packet["want_token"] === true && { token }),
    };
  }

  #send(peer: Peer, packet: Json): Answer {
    const content = String(packet["content"]);
    if (content.trim() === "") return 400;
    if (!this.channels.some(({ uuid }) => uuid === packet["channel"])) return 404;
    const nonce = this.#has("nonce") ? packet["nonce"] : undefined;
    const known = typeof nonce === "string" ? this.#nonces.get(nonce) : undefined;
    if (known !== undefined) return { message: known, nonce };
    const reply = typeof packet["reply"] === "number" ? packet["reply"] : null;
    const { uuid } = this.say(content, peer.user, Number(packet["channel"]), reply);
    if (typeof nonce === "string") this.#nonces.set(nonce, uuid);
    return { message: uuid };
  }
}
