import { setTimeout } from "node:timers/promises";
import { LineClient, type PacketClient, WebSocketClient } from "@asterite/testkit";
import { type RunningServer, startServerProcess, temporaryFolder } from "../asterite.ts";
import { ask, type FramingName, firstChannel, register } from "../server.ts";
import type { KnownObjects } from "./requests.ts";

/** Accounts that the administrator may ban and delete. */
const expendableNames = Array.from({ length: 10 }, (_, index) => `expendable ${index}`);

/** An account of the fuzzer; a login with its token needs no password hash. */
interface Account {
  readonly uname: string;
  token: string | undefined;
}

/** The server process under test. */
export class Target {
  readonly server: RunningServer;
  readonly known: KnownObjects & {
    readonly messages: number[];
    readonly channels: number[];
    readonly groups: number[];
  };
  readonly accounts: readonly Account[] = [
    { uname: "admin", token: undefined },
    { uname: "user", token: undefined },
  ];

  private constructor(server: RunningServer, known: KnownObjects) {
    this.server = server;
    this.known = { ...known, messages: [], channels: [...known.channels], groups: [...known.groups] };
  }

  /**
   * Starts a server with an administrator, a user and some more; it is stopped when the test ends.
   *
   * @param database - Address of a PostgreSQL database. Default: an SQLite file.
   */
  static async start(database?: string): Promise<Target> {
    const server = await startServerProcess([
      ...["--data", await temporaryFolder(), "--admin-user", "admin", "secret", "--rate-limit", "off"],
      ...["--status-port", "0", "--log-level", "error", ...(database ? ["--database", database] : [])],
    ]);
    const connect = () => LineClient.connect({ port: server.port, insecure: true });
    await using client = await connect();
    await ask(client, "login", { uname: "admin", passwd: "secret" });
    const metadata = (await ask(client, "get_metadata")).reply["data"] as { uuid: number; pfp: string }[];
    const [{ uuid: admin, pfp: picture } = { uuid: 0, pfp: "" }] = metadata;
    const channels = [await firstChannel(client)];
    const groups = ((await ask(client, "list_groups")).reply["data"] as { uuid: number }[]).map(
      ({ uuid }) => uuid,
    );
    const users = await Promise.all(
      ["user", ...expendableNames].map(async (name) => {
        await using other = await connect();
        return await register(other, name);
      }),
    );
    const [user = 0, ...expendable] = users;
    return new Target(server, { users: [admin, user], expendable, channels, groups, picture, messages: [] });
  }

  /** Opens a connection; the caller closes it. */
  open(framing: FramingName): Promise<PacketClient> {
    const options = { port: this.server.port, insecure: true };
    return framing === "lines" ? LineClient.connect(options) : WebSocketClient.connect(options);
  }

  /** Logs a connection in as the account with this number. */
  async logIn(client: PacketClient, number: number): Promise<void> {
    const account = this.accounts[number];
    if (!account) throw new Error(`no account ${number}`);
    if (account.token !== undefined) {
      const { reply } = await ask(client, "login", { token: account.token });
      if (reply.status === 200) return;
    }
    const { uname } = account;
    const { reply } = await ask(client, "login", { uname, passwd: "secret", want_token: true });
    // The account may have been renamed; then the batch runs without a login.
    account.token = typeof reply["token"] === "string" ? reply["token"] : undefined;
  }

  /** Adds the objects that the server created, according to its replies. */
  learn(client: PacketClient): void {
    const { messages, channels, groups } = this.known;
    const isUuid = (value: unknown): value is number => typeof value === "number" && value > 0;
    for (const { command, message, uuid } of client.packets) {
      if (command === "send" && isUuid(message)) messages.push(message);
      if (command === "create_channel" && isUuid(uuid)) channels.push(uuid);
      if (command === "create_group" && isUuid(uuid)) groups.push(uuid);
    }
    for (const [list, kept] of [
      [messages, 200],
      [channels, 20],
      [groups, 20],
    ] as const) {
      // Removes the oldest, but never the first channel.
      if (list.length > kept) list.splice(1, list.length - kept);
    }
  }

  /** Returns whether another client is served. */
  async servesOthers(): Promise<boolean> {
    const witness = await this.open("lines");
    const { reply } = await ask(witness, "ping");
    await witness.close();
    return reply.status === 200;
  }

  /** Waits until the server has no more connections. */
  async waitUntilIdle(): Promise<void> {
    const kinds = ["lines", "websocket", "undecided"];
    const count = async () => {
      const counts = await Promise.all(
        kinds.map((kind) => this.metric(`asterite_connections{framing="${kind}"}`)),
      );
      return counts.reduce((sum, one) => sum + one, 0);
    };
    while ((await count()) > 0) await setTimeout(20);
  }

  /** Returns the value of one line of the server's metrics. */
  async metric(line: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.server.ready["statusPort"]}/metrics`);
    const found = (await response.text()).split("\n").find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length));
  }
}
