import { Server } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { FaultProxy, PostgresServer } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { anyPassword } from "../support/server.ts";

/** Starts a PostgreSQL server that ends with the test. */
async function startPostgres(): Promise<PostgresServer> {
  const postgres = await PostgresServer.start();
  onTestFinished(() => postgres[Symbol.asyncDispose]());
  return postgres;
}

/** Starts a chat server on a database and connects a client to it. */
async function serve(database: string) {
  const running = await startAsterServer({
    host: "127.0.0.1",
    port: 0,
    tls: "insecure-plaintext",
    passwords: anyPassword,
    database,
    statusPort: 0,
  });
  onTestFinished(() => running.close({ graceMs: 100 }));
  const client = new Server("127.0.0.1", running.port, {
    username: "ann",
    password: "secret",
    registerIfMissing: true,
    tls: false,
    reconnect: { firstDelayMs: 20, longestDelayMs: 200 },
  });
  onTestFinished(() => client.disconnect());
  await client.connect();
  const health = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${running.statusPort}/health/ready`)).status;
  const trySend = (content: string): Promise<string> =>
    Promise.resolve(client.channels[0]?.send(content, { timeoutMs: 5000 })).then(
      () => "sent",
      (error: unknown) => String(error),
    );
  return { client, health, trySend };
}

/**
 * Makes a PostgreSQL server read-only or writable, and waits until that holds. `pg_reload_conf` only asks for it; the
 * postmaster signals all existing sessions before it admits a session that has the new value.
 */
async function setReadOnly(postgres: PostgresServer, isReadOnly: boolean): Promise<void> {
  const value = isReadOnly ? "on" : "off";
  postgres.execute("postgres", `alter system set default_transaction_read_only = ${value}`);
  postgres.execute("postgres", "select pg_reload_conf()");
  await expect
    .poll(() => postgres.execute("postgres", "show default_transaction_read_only"), { timeout: 20_000 })
    .toBe(value);
}

it.skipIf(!PostgresServer.isInstalled)(
  "follows a fail-over to another primary while the old one stays up read-only",
  { timeout: 120_000 },
  async () => {
    const [old, promoted] = [await startPostgres(), await startPostgres()];
    const name = new URL(old.createDatabase()).pathname.slice(1);
    promoted.execute("postgres", `create database ${name}`);
    const proxy = await FaultProxy.start({ port: old.port });
    onTestFinished(() => proxy.close());
    const { client, health, trySend } = await serve(
      old.urlOf(name).replace(`:${old.port}/`, `:${proxy.port}/`),
    );
    const received: string[] = [];
    client.on("message", ({ content }) => received.push(content));
    expect(await trySend("before")).toBe("sent");
    expect(await health()).toBe(200);

    promoted.restore(name, old.dump(name));
    await setReadOnly(old, true);
    // Connections that exist stay at the old primary.
    proxy.target = { port: promoted.port };
    await expect.poll(() => trySend("after"), { timeout: 15_000 }).toBe("sent");
    expect(promoted.execute(name, "select content from messages order by place").split("\n")).toContain(
      "after",
    );
    expect(old.execute(name, "select content from messages")).toBe("before");
    await expect.poll(health, { timeout: 10_000 }).toBe(200);
    await expect.poll(() => received, { timeout: 10_000 }).toContain("after");
    expect(received[0]).toBe("before");
  },
);

it.skipIf(!PostgresServer.isInstalled)(
  "is not ready while the database server is read-only, and recovers",
  { timeout: 120_000 },
  async () => {
    const postgres = await startPostgres();
    const { health, trySend } = await serve(postgres.createDatabase());
    expect(await trySend("before")).toBe("sent");
    await setReadOnly(postgres, true);
    await expect.poll(health, { timeout: 20_000 }).toBe(503);
    await setReadOnly(postgres, false);
    await expect.poll(health, { timeout: 20_000 }).toBe(200);
    await expect.poll(() => trySend("after"), { timeout: 10_000 }).toBe("sent");
  },
);
