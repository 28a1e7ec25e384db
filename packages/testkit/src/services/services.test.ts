import { connect, type Socket } from "node:net";
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

/** A raw NATS client that keeps the received text. */
class NatsConnection {
  readonly #socket: Socket;
  text = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      this.text += data;
    });
  }

  static async open(port: number): Promise<NatsConnection> {
    const connection = new NatsConnection(connect({ port, host: "127.0.0.1" }));
    await connection.until("INFO");
    connection.write('CONNECT {"verbose":false}\r\n');
    return connection;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  async until(word: string): Promise<void> {
    await expect.poll(() => this.text).toContain(word);
  }

  close(): void {
    this.#socket.destroy();
  }
}

it.skipIf(!PostgresServer.isInstalled)(
  "keeps the data of a PostgreSQL server through crash and stop",
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

it.skipIf(!NatsServer.isInstalled)(
  "starts a NATS cluster whose servers can be killed and restarted",
  async () => {
    const servers = await NatsServer.startCluster(3);
    onTestFinished(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
    });
    const [first, second, third] = servers;
    if (!first || !second || !third) throw new Error("fewer than three");
    const publisher = await NatsConnection.open(first.port);
    onTestFinished(() => publisher.close());
    const listen = async (server: NatsServer): Promise<NatsConnection> => {
      const connection = await NatsConnection.open(server.port);
      onTestFinished(() => connection.close());
      connection.write("SUB news 1\r\nPING\r\n");
      await connection.until("PONG");
      return connection;
    };
    const expectDelivery = async (subscriber: NatsConnection): Promise<void> => {
      // A server propagates a subscription to the others with a delay.
      await expect
        .poll(() => {
          publisher.write("PUB news 3\r\nyes\r\n");
          return subscriber.text;
        })
        .toContain("yes");
    };
    await expectDelivery(await listen(second));
    await expectDelivery(await listen(third));
    await second.kill();
    await expectDelivery(await listen(third));
    await second.restart();
    await expectDelivery(await listen(second));
  },
);
