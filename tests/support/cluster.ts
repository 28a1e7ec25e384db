import { NatsServer, type PacketClient, PostgresServer } from "@asterite/testkit";
import { type RunningServer, startServerProcess, temporaryFolder } from "./asterite.ts";
import { ask, firstChannel, openClient, register } from "./server.ts";

/** Reason why cluster tests cannot run on this machine; undefined if they can. */
export const clusterMissing =
  PostgresServer.isInstalled && NatsServer.isInstalled
    ? undefined
    : "PostgreSQL or NATS is not installed: npm run setup:services";

/** Services that the processes of a cluster share. */
export interface Services {
  readonly postgres: PostgresServer;
  readonly nats: NatsServer;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and NATS. */
export async function startServices(): Promise<Services> {
  const [postgres, nats] = await Promise.all([PostgresServer.start(), NatsServer.start()]);
  return {
    postgres,
    nats,
    stop: async () => {
      await nats[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** Options for starting a process of a cluster. */
export interface MemberOptions {
  readonly database: string;
  /** NATS addresses; null for none. */
  readonly nats: string | null;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts one process of a cluster, which is stopped when the test ends. */
export async function startMember({ database, nats, args = [], env }: MemberOptions): Promise<RunningServer> {
  const data = await temporaryFolder();
  const bus = nats === null ? [] : ["--nats", nats];
  const common = ["--data", data, "--database", database, "--rate-limit", "off", "--insecure-plaintext"];
  return startServerProcess([...common, ...bus, ...args], env ? { env } : {});
}

/** Opens a connection to a process, without logging in. */
export const connectTo = ({ port }: RunningServer): Promise<PacketClient> =>
  openClient(port, "lines", { plaintext: true });

/** Logs in to a process by name, and registers the account if there is none. */
export async function logIn(server: RunningServer, uname: string): Promise<PacketClient> {
  const client = await connectTo(server);
  const { reply } = await ask(client, "login", { uname, passwd: "secret" });
  if (reply.status === 404) await register(client, uname);
  else if (reply.status !== 200) throw new Error(`login failed: status ${reply.status}`);
  return client;
}

/** Logs in with the `cursor` extension, so that pushes are numbered. */
export async function logInWithCursor(server: RunningServer, uname: string): Promise<PacketClient> {
  const client = await connectTo(server);
  await ask(client, "hello", {
    client: "test/1",
    extensions: ["cursor", "nonce", "state", "typing", "invoke"],
  });
  const { reply } = await ask(client, "login", { uname, passwd: "secret" });
  if (reply.status === 404) await register(client, uname);
  return client;
}

/** Returns the UUIDs of the messages that a connection has received, in order. */
export const receivedMessages = (client: PacketClient): number[] =>
  client.packets.filter(({ command }) => command === "content").map(({ uuid }) => Number(uuid));

/** Waits until a connection has received `count` messages and returns their UUIDs. */
export async function waitForMessages(client: PacketClient, count: number): Promise<number[]> {
  let received = receivedMessages(client);
  while (received.length < count) {
    await client.until(({ command }) => command === "content");
    received = receivedMessages(client);
  }
  return received;
}

/** Reads all messages of the first channel, oldest first. */
export async function readHistory(reader: PacketClient): Promise<number[]> {
  const channel = await firstChannel(reader);
  const uuids: number[] = [];
  for (let before: number | null = null; ; ) {
    const { reply } = await ask(reader, "history", { channel, num: 1000, before_message: before });
    const page = (reply["data"] as { uuid: number }[]).map(({ uuid }) => uuid);
    uuids.unshift(...page);
    if (page.length < 1000) return uuids;
    before = page[0] ?? null;
  }
}

/** Creates a database for this test alone and starts a cluster on it. */
export async function startCluster(
  { postgres, nats }: Services,
  size: number,
  options: Partial<MemberOptions> = {},
): Promise<{ database: string; members: RunningServer[] }> {
  const database = options.database ?? postgres.createDatabase();
  const members = await Promise.all(
    Array.from({ length: size }, () => startMember({ nats: nats.url, ...options, database })),
  );
  return { database, members };
}
