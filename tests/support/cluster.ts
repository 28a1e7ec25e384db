import { NatsServer, type PacketClient, PostgresServer } from "@asterite/testkit";
import { type RunningServer, startServerProcess, temporaryFolder } from "./asterite.ts";
import { ask, firstChannel, openClient, register } from "./server.ts";

/** Why tests of clusters cannot run here; undefined if they can. */
export const clusterMissing =
  PostgresServer.isInstalled && NatsServer.isInstalled
    ? undefined
    : "PostgreSQL or NATS is not installed: npm run setup:services";

/** What the processes of a cluster share. */
export interface Services {
  readonly postgres: PostgresServer;
  readonly nats: NatsServer;
  stop(): Promise<void>;
}

/** Starts a database and a bus. */
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

/** How a process of a cluster is started. */
export interface MemberOptions {
  readonly database: string;
  /** Addresses of NATS; null for none. */
  readonly nats: string | null;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts one process of a cluster; it ends with the test. */
export async function startMember({ database, nats, args = [], env }: MemberOptions): Promise<RunningServer> {
  const data = await temporaryFolder();
  const bus = nats === null ? [] : ["--nats", nats];
  const own = ["--data", data, "--database", database, "--rate-limit", "off", "--insecure-plaintext"];
  return startServerProcess([...own, ...bus, ...args], env ? { env } : {});
}

/** Opens a connection to a process, without logging in. */
export const openTo = ({ port }: RunningServer): Promise<PacketClient> =>
  openClient(port, "lines", { plaintext: true });

/** Logs in by name at a process, after registering if there is no such account. */
export async function enter(server: RunningServer, uname: string): Promise<PacketClient> {
  const client = await openTo(server);
  const { reply } = await ask(client, "login", { uname, passwd: "secret" });
  if (reply.status === 404) await register(client, uname);
  else if (reply.status !== 200) throw new Error(`login was answered with ${reply.status}`);
  return client;
}

/** Logs in and says `hello`, so that pushes are numbered. */
export async function enterNumbered(server: RunningServer, uname: string): Promise<PacketClient> {
  const client = await openTo(server);
  await ask(client, "hello", { client: "test/1", extensions: ["cursor", "nonce", "state", "typing"] });
  const { reply } = await ask(client, "login", { uname, passwd: "secret" });
  if (reply.status === 404) await register(client, uname);
  return client;
}

/** The uuids of the messages that a connection has been told of, in the order in which it was. */
export const toldOf = (client: PacketClient): number[] =>
  client.packets.filter(({ command }) => command === "content").map(({ uuid }) => Number(uuid));

/** Waits until a connection has been told of so many messages. */
export async function untilTold(client: PacketClient, count: number): Promise<number[]> {
  let told = toldOf(client);
  while (told.length < count) {
    await client.until(({ command }) => command === "content");
    told = toldOf(client);
  }
  return told;
}

/** The whole history of the first channel, oldest first. */
export async function wholeHistory(reader: PacketClient): Promise<number[]> {
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

/** Makes a database that is not used by any other test, and members of a cluster on it. */
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
