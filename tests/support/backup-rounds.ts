import { copyFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Server } from "@asterite/aster";
import {
  type AsterServer,
  adminSocketName,
  openAdministration,
  restoreDatabase,
  startAsterServer,
  startNewEpoch,
} from "@asterite/aster-server";
import { FaultProxy, type PostgresServer } from "@asterite/testkit";
import { expect, onTestFinished } from "vitest";
import { temporaryFolder } from "./asterite.ts";
import { anyPassword } from "./server.ts";

/** A server whose data can go back to an earlier state. */
export interface RestorableServer {
  /** Ports of its processes. */
  readonly ports: readonly number[];
  backUp(): Promise<void>;
  /** Puts the last backup in the place of the data. Clients can reconnect afterwards. */
  restore(): Promise<void>;
}

const start = (database: string, port = 0): Promise<AsterServer> =>
  startAsterServer({
    host: "127.0.0.1",
    port,
    database,
    tls: "insecure-plaintext",
    passwords: anyPassword,
    connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
    ...(!database.startsWith("postgres:") && { adminSocket: join(dirname(database), adminSocketName) }),
  });

/** File with which the server recognises that its database went back. */
const positionOf = (database: string): string => `${database}.position`;

/**
 * Creates a server on SQLite, which is restored by `restoreDatabase`, by copying the file back, or by copying the
 * whole data folder back, which only the operator can announce.
 */
export async function onSqlite(way: "restore" | "copy" | "folder"): Promise<RestorableServer> {
  const database = join(await temporaryFolder(), "aster.db");
  let server = await start(database);
  onTestFinished(() => server.close({ graceMs: 100 }));
  const { port } = server;
  const backups = await temporaryFolder();
  let last = "";
  let count = 0;
  return {
    ports: [port],
    backUp: async () => {
      last = join(backups, `${++count}.db`);
      const connection = await openAdministration(database);
      expect(connection.isOnline).toBe(true);
      await connection.execute({ command: "backup", file: last });
      await connection.close();
      await copyFile(positionOf(database), positionOf(last));
    },
    restore: async () => {
      await server.close({ graceMs: 50 });
      if (way === "restore") await restoreDatabase(database, last);
      else {
        for (const suffix of ["-wal", "-shm"]) await rm(database + suffix, { force: true });
        await copyFile(last, database);
        if (way === "folder") {
          await copyFile(positionOf(last), positionOf(database));
          await startNewEpoch(database);
        }
      }
      server = await start(database, port);
    },
  };
}

/** Creates two processes on PostgreSQL that stay up while a dump replaces all tables. */
export async function onPostgres(postgres: PostgresServer): Promise<RestorableServer> {
  const address = postgres.createDatabase();
  const name = new URL(address).pathname.slice(1);
  const servers = [await start(address), await start(address)];
  for (const server of servers) onTestFinished(() => server.close({ graceMs: 100 }));
  let dump = "";
  return {
    ports: servers.map(({ port }) => port),
    backUp: () => {
      dump = postgres.dump(name);
      return Promise.resolve();
    },
    restore: () => {
      postgres.restore(name, dump);
      return Promise.resolve();
    },
  };
}

/** Result of {@link runBackupRounds}. */
interface Outcome {
  /** Messages that a client did not receive although they exist. */
  readonly lost: number;
  /** Messages that a client received twice, and messages out of order. */
  readonly wrong: number;
  /** Number of `restored` events of the clients that stayed. */
  readonly restored: number;
}

interface Listener {
  readonly server: Server;
  readonly proxy: FaultProxy;
  readonly received: string[];
  /** Texts that the listener has to receive, in order. */
  readonly expected: string[];
  restored: number;
}

/** Connects a client of its own account through a proxy of its own. */
async function connect(port: number, username: string): Promise<Listener> {
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy.close());
  const server = new Server("127.0.0.1", proxy.port, {
    username,
    password: "secret",
    registerIfMissing: true,
    tls: false,
    reconnect: { firstDelayMs: 10, longestDelayMs: 100 },
  });
  onTestFinished(() => server.disconnect());
  const listener: Listener = { server, proxy, received: [], expected: [], restored: 0 };
  server.on("message", ({ content }) => listener.received.push(content));
  server.on("restored", () => listener.restored++);
  await server.connect();
  return listener;
}

/**
 * Repeats: 5 messages, a backup, 20 messages, a restore, 40 messages. Some clients stay, others are away from
 * before the backup or from after it until the end of the round.
 */
export async function runBackupRounds(rounds: number, back: RestorableServer): Promise<Outcome> {
  const [first = 0, second = first] = back.ports;
  const sender = await connect(first, "sender");
  const stayed = [sender, await connect(first, "bot"), await connect(second, "page")];
  const [early, late] = [await connect(first, "early"), await connect(second, "late")];
  const all = [...stayed, early, late];
  let count = 0;
  const send = async (texts: number, to: readonly Listener[]): Promise<void> => {
    const channel = sender.server.channels[0];
    if (!channel) throw new Error("no channel");
    for (let sent = 0; sent < texts; sent++) {
      const content = `message ${++count}`;
      await channel.send(content);
      for (const { expected } of to) expected.push(content);
    }
  };
  const isReady = ({ server }: Listener): boolean => server.status === "ready";
  const leave = ({ proxy }: Listener): void => {
    proxy.inject({ type: "refuse" });
    proxy.cut();
  };
  const settle = (): Promise<void> =>
    expect
      .poll(() => all.every(({ received, expected }) => received.at(-1) === expected.at(-1)), {
        timeout: 20_000,
      })
      .toBe(true);
  for (let round = 0; round < rounds; round++) {
    leave(early);
    await send(5, [...stayed, early, late]);
    await expect.poll(() => late.received.at(-1)).toBe(late.expected.at(-1));
    await back.backUp();
    leave(late);
    await send(20, stayed);
    await expect
      .poll(() => stayed.every(({ received, expected }) => received.length >= expected.length))
      .toBe(true);
    const seen = stayed.map(({ restored }) => restored);
    await back.restore();
    await expect
      .poll(() => stayed.every((one, index) => isReady(one) && one.restored > (seen[index] ?? 0)), {
        timeout: 20_000,
      })
      .toBe(true);
    await send(40, [...stayed, early, late]);
    for (const { proxy } of [early, late]) proxy.heal();
    await expect.poll(() => all.every(isReady), { timeout: 20_000 }).toBe(true);
    await settle();
  }
  let lost = 0;
  let wrong = 0;
  for (const { received, expected } of all) {
    const present = new Set(received);
    lost += expected.filter((text) => !present.has(text)).length;
    wrong += received.length - present.size;
    wrong += received.filter((text, index) => text !== expected[index]).length;
  }
  return { lost, wrong, restored: stayed.reduce((sum, { restored }) => sum + restored, 0) };
}
