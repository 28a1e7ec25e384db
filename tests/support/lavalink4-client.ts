import { expect } from "vitest";
import { type Json, TestSocket } from "./andesite-node.ts";

/** What a {@link Lavalink4Client} connects with. */
export interface Lavalink4ClientOptions {
  /** Default: `1`. */
  readonly userId?: string;
  /** Session to resume. */
  readonly sessionId?: string;
  /** Default: none. */
  readonly password?: string;
}

const authorization = (password: string | undefined): Record<string, string> =>
  password === undefined ? {} : { Authorization: password };

/** Client of a node's Lavalink 4, with a session. */
export class Lavalink4Client {
  readonly socket: TestSocket;
  readonly sessionId: string;
  readonly #url: string;
  readonly #password: string | undefined;

  private constructor(url: string, socket: TestSocket, sessionId: string, password: string | undefined) {
    this.#url = url;
    this.socket = socket;
    this.sessionId = sessionId;
    this.#password = password;
  }

  /** Connects, and waits for `ready`. */
  static async open(url: string, options: Lavalink4ClientOptions = {}): Promise<Lavalink4Client> {
    const { userId = "1", sessionId, password } = options;
    const headers = {
      ...authorization(password),
      "User-Id": userId,
      "Client-Name": "test/1.0.0",
      ...(sessionId !== undefined && { "Session-Id": sessionId }),
    };
    const socket = await TestSocket.open(url, { path: "/v4/websocket", headers });
    const [ready] = await socket.messages(1);
    expect(ready).toMatchObject({ op: "ready" });
    return new Lavalink4Client(url, socket, String(ready?.["sessionId"]), password);
  }

  get isResumed(): unknown {
    return this.socket.received[0]?.["resumed"];
  }

  /** Sends a request about the session. */
  async send(method: string, resource = "", body?: unknown): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${this.#url}/v4/sessions/${this.sessionId}${resource}`, {
      method,
      headers: { ...authorization(this.#password), "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
  }

  /** Sends a request that must succeed, and returns the body of the response. */
  async request(method: string, resource: string, body?: unknown): Promise<Json> {
    const response = await this.send(method, resource, body);
    expect(response, JSON.stringify(response.body)).toMatchObject({ status: 200 });
    return response.body;
  }

  /** Sends an update of a player. */
  update(guildId: string, body: unknown): Promise<{ status: number; body: Json }> {
    return this.send("PATCH", `/players/${guildId}`, body);
  }

  /** Waits for an event, and returns it. */
  async event(type: string): Promise<Json> {
    const find = (): Json | undefined => this.socket.received.find((message) => message["type"] === type);
    await this.socket.until(() => find() !== undefined);
    return find() ?? {};
  }
}
