import { type AsterServer, type AsterServerOptions, startAsterServer } from "@asterite/aster-server";
import { LineClient, type PacketClient, type ReceivedPacket, WebSocketClient } from "@asterite/testkit";
import { onTestFinished } from "vitest";

/** Both framings; clients see the same behaviour over each. */
export const framings = ["lines", "websocket"] as const;
export type FramingName = (typeof framings)[number];

/** Policy that allows the short passwords of the tests. */
export const anyPassword = { minLength: 1, allowCommon: true } as const;

/** Starts a server in this process on a free loopback port; closed when the test ends. */
export async function startServer(options: Partial<AsterServerOptions> = {}): Promise<AsterServer> {
  const server = await startAsterServer({
    host: "127.0.0.1",
    port: 0,
    database: ":memory:",
    passwords: anyPassword,
    ...options,
    // All accounts of a test come from one address.
    capacity: { registrationsPerHour: Number.POSITIVE_INFINITY, ...options.capacity },
  });
  onTestFinished(() => server.close({ graceMs: 1000 }));
  return server;
}

/** Opens a raw connection; closed when the test ends. */
export async function openClient(
  port: number,
  framing: FramingName = "lines",
  options: { readonly plaintext?: boolean } = {},
): Promise<PacketClient> {
  const connect = { port, insecure: true, ...options };
  const client = await (framing === "lines" ? LineClient.connect(connect) : WebSocketClient.connect(connect));
  onTestFinished(() => client.close());
  return client;
}

/** Commands whose replies look like pushes; a subsequent ping identifies the reply. */
const ambiguous = [
  "get_metadata",
  "online",
  "list_channels",
  "list_groups",
  "list_emoji",
  "get_name",
  "get_icon",
];

/** Sends a request and returns its reply and the pushes before it. */
export async function ask(
  client: PacketClient,
  command: string,
  fields: object = {},
): Promise<{ reply: ReceivedPacket; pushes: readonly ReceivedPacket[] }> {
  client.send({ ...fields, command });
  if (!ambiguous.includes(command)) {
    const { packet, between } = await client.until((packet) => packet.command === command);
    return { reply: packet, pushes: between };
  }
  client.send({ command: "ping" });
  const { between } = await client.until((packet) => packet.command === "ping");
  const reply = between.findLast((packet) => packet.command === command);
  if (!reply) throw new Error(`no reply to ${command}`);
  return { reply, pushes: between.filter((packet) => packet !== reply) };
}

/** Sends a request and returns the status of its reply. */
export const statusOf = async (
  client: PacketClient,
  command: string,
  fields: object = {},
): Promise<unknown> => (await ask(client, command, fields)).reply.status;

/** Registers an account and returns its uuid. */
export async function register(client: PacketClient, uname: string, passwd = "secret"): Promise<number> {
  const { reply } = await ask(client, "register", { uname, passwd });
  if (typeof reply["uuid"] !== "number") throw new Error(`register was answered with ${reply.status}`);
  return reply["uuid"];
}

/** Opens a connection and registers an account on it. */
export async function registered(
  port: number,
  uname: string,
  framing: FramingName = "lines",
): Promise<{ client: PacketClient; uuid: number }> {
  const client = await openClient(port, framing);
  return { client, uuid: await register(client, uname) };
}

/** Returns the uuid of the first channel. */
export async function firstChannel(client: PacketClient): Promise<number> {
  const { reply } = await ask(client, "list_channels");
  const [channel] = reply["data"] as { uuid: number }[];
  if (!channel) throw new Error("no channel");
  return channel.uuid;
}
