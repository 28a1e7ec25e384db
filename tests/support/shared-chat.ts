import { type Channel, Client, type ClientOptions, Server, type ServerOptions } from "@asterite/aster";
import { type AsterServer, startAsterServer } from "@asterite/aster-server";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { anyPassword } from "./server.ts";

/** Password of all accounts. */
export const password = "a long secret";

/** A chat server that the tests of a file share. */
export interface SharedChat {
  readonly port: number;
  /** Connects an account, which is registered if missing. Disconnects after the test. */
  connect(username: string, options?: ServerOptions): Promise<Server>;
  /** Creates a client without servers. Disconnects after the test. */
  client(options?: ClientOptions): Client;
}

/** Starts a chat server before the tests of this file, with the administrator "admin". */
export function shareChat(): SharedChat {
  let started: AsterServer;
  beforeAll(async () => {
    const adminUser = { name: "admin", password };
    const at = { host: "127.0.0.1", port: 0, database: ":memory:", tls: "insecure-plaintext" } as const;
    const capacity = { registrationsPerHour: Number.POSITIVE_INFINITY };
    started = await startAsterServer({
      ...at,
      adminUser,
      name: "Contract",
      passwords: anyPassword,
      capacity,
    });
  });
  afterAll(() => started.close({ graceMs: 1_000 }));
  return {
    get port() {
      return started.port;
    },
    async connect(username, options = {}) {
      const account = { username, password, registerIfMissing: true, tls: false } as const;
      const server = new Server("127.0.0.1", started.port, { ...account, ...options });
      onTestFinished(() => server.disconnect());
      await server.connect();
      return server;
    },
    client(options = { username: "client", password, registerIfMissing: true }) {
      const client = new Client({ tls: false, ...options });
      onTestFinished(() => client.disconnect());
      return client;
    },
  };
}

/** Returns the channel that every server has. */
export function generalOf(server: Server | undefined): Channel {
  const channel = server?.getChannelByName("general");
  if (!channel) throw new Error("the server has no channel named general");
  return channel;
}
