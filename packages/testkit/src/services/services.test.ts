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

/** A client of NATS that says what it is told to, and keeps what it hears. */
class NatsTalk {
  readonly #socket: Socket;
  text = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      this.text += data;
    });
  }

  static async open(port: number): Promise<NatsTalk> {
    const talk = new NatsTalk(connect({ port, host: "127.0.0.1" }));
    await talk.until("INFO");
    talk.write('CONNECT {"verbose":false}\r\n');
    return talk;
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

it.skipIf(!NatsServer.isInstalled)(
  "starts several NATS servers as one, each of which can go and come",
  async () => {
    const servers = await NatsServer.startCluster(3);
    onTestFinished(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
    });
    const [first, second, third] = servers;
    if (!first || !second || !third) throw new Error("fewer than three");
    const speaker = await NatsTalk.open(first.port);
    onTestFinished(() => speaker.close());
    const listen = async (server: NatsServer): Promise<NatsTalk> => {
      const talk = await NatsTalk.open(server.port);
      onTestFinished(() => talk.close());
      talk.write("SUB news 1\r\nPING\r\n");
      await talk.until("PONG");
      return talk;
    };
    const hears = async (listener: NatsTalk): Promise<void> => {
      // A server tells the others of a subscription when it gets to it.
      await expect
        .poll(() => {
          speaker.write("PUB news 3\r\nyes\r\n");
          return listener.text;
        })
        .toContain("yes");
    };
    await hears(await listen(second));
    await hears(await listen(third));
    await second.kill();
    await hears(await listen(third));
    await second.restart();
    await hears(await listen(second));
  },
);
