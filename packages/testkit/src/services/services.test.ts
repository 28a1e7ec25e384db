import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { NatsServer } from "./nats-server.ts";
import { PostgresServer } from "./postgres-server.ts";

const greetingOf = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });

it.skipIf(!PostgresServer.isInstalled)(
  "keeps the data of a PostgreSQL server over crash and stop",
  async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const name = new URL(server.createDatabase()).pathname.slice(1);
    server.execute(name, "create table kept (number integer); insert into kept values (1), (2)");
    await server.kill();
    await server.restart();
    expect(server.execute(name, "select number from kept order by number")).toBe("1\n2");
    await server.stop();
    await server.restart();
    expect(server.execute(name, "select count(*) from kept")).toBe("2");
    expect(() => server.execute(name, "select nothing from nowhere")).toThrow("nowhere");
  },
);

it.skipIf(!NatsServer.isInstalled)("starts a NATS server again on its port", async () => {
  const server = await NatsServer.start();
  onTestFinished(() => server[Symbol.asyncDispose]());
  expect(await greetingOf(server.port)).toContain("INFO");
  await server.kill();
  await expect(greetingOf(server.port)).rejects.toThrow("ECONNREFUSED");
  await server.restart();
  expect(await greetingOf(server.port)).toContain("INFO");
});
