import type { PacketClient } from "@asterite/testkit";
import { startServerProcess, temporaryFolder } from "./asterite.ts";
import { ask, firstChannel, openClient } from "./server.ts";

/** Result of killing a server several times under load. */
export interface KillCounts {
  readonly kills: number;
  /** Messages whose `send` was answered with 200. */
  readonly acknowledged: number;
  /** Acknowledged messages that are missing from the history. */
  readonly lost: number;
  /** Messages that are in the history more than once. */
  readonly duplicated: number;
  /** Messages that were pushed to a client and are missing from the history. */
  readonly deliveredAndLost: number;
}

const connections = 4;
const sendsPerConnection = 5000;

async function logIn(port: number, name: string): Promise<PacketClient> {
  const client = await openClient(port);
  const credentials = { uname: name, passwd: "secret" };
  const { reply } = await ask(client, "login", credentials);
  if (reply.status === 404) await ask(client, "register", credentials);
  return client;
}

async function readHistory(reader: PacketClient, channel: number): Promise<number[]> {
  const uuids: number[] = [];
  for (let before: number | null = null; ; ) {
    const { reply } = await ask(reader, "history", { channel, num: 1000, before_message: before });
    const page = (reply["data"] as { uuid: number }[]).map(({ uuid }) => uuid);
    uuids.unshift(...page);
    if (page.length < 1000) return uuids;
    before = page[0] ?? null;
  }
}

/**
 * Kills a server repeatedly while clients send, and compares acknowledged and pushed messages with the
 * history.
 */
export async function killUnderLoad(kills: number): Promise<KillCounts> {
  const data = await temporaryFolder();
  const acknowledged = new Set<number>();
  const delivered = new Set<number>();
  let history: number[] = [];
  for (let round = 0; round <= kills; round++) {
    const { port, process } = await startServerProcess(["--data", data, "--rate-limit", "off"]);
    const clients: PacketClient[] = [];
    for (let index = 0; index < connections; index++) clients.push(await logIn(port, `user ${index}`));
    const [reader] = clients;
    if (!reader) throw new Error("no client");
    const channel = await firstChannel(reader);
    if (round === kills) {
      history = await readHistory(reader, channel);
      break;
    }
    for (const client of clients) {
      for (let count = 0; count < sendsPerConnection; count++) {
        client.send({ command: "send", channel, content: `${round}.${count}` });
      }
    }
    // A different number of replies in each round, so that the kill hits the server at different moments.
    for (let replies = 0; replies < 1 + 37 * round; replies++) {
      await reader.until(({ command }) => command === "send");
    }
    process.kill("SIGKILL");
    await Promise.all(clients.map(({ closed }) => closed));
    for (const { packets } of clients) {
      for (const { command, status, message, uuid } of packets) {
        if (command === "send" && status === 200) acknowledged.add(Number(message));
        if (command === "content") delivered.add(Number(uuid));
      }
    }
  }
  const kept = new Set(history);
  const missing = (uuids: ReadonlySet<number>) => [...uuids].filter((uuid) => !kept.has(uuid)).length;
  return {
    kills,
    acknowledged: acknowledged.size,
    lost: missing(acknowledged),
    duplicated: history.length - kept.size,
    deliveredAndLost: missing(delivered),
  };
}
