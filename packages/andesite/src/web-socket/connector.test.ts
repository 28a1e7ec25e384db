import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { Connector } from "./connector.ts";
import type { SocketListener, WebSocketLike } from "./socket.ts";
import type { ConnectAttempt } from "./try-connect.ts";

/** Socket without a peer, which closes as soon as it is closed. */
class FakeSocket implements WebSocketLike {
  open = true;
  readonly bufferedBytes = 0;
  readonly #listeners: SocketListener[] = [];
  header = () => null;
  ping = () => true;
  send = () => {};
  listen(listener: SocketListener): void {
    this.#listeners.push(listener);
  }
  close(): void {
    this.terminate();
  }
  terminate(): void {
    this.open = false;
    for (const listener of this.#listeners.splice(0)) listener.close(1_000, "");
  }
}

/** A connector with the events and the number of preparations that it has caused. */
function connectorWith(openSocket: () => Promise<ConnectAttempt>) {
  const log = { events: [] as string[], preparations: 0 };
  const session = {
    startConnection: () => {
      log.preparations++;
      return Promise.resolve();
    },
    receive: () => {},
    sendBarrier: () => {},
  };
  const connector = new Connector(session, openSocket, ({ type }) => log.events.push(type), {
    clock: new FakeClock(),
    backoff: () => 0,
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
    stableAfterMs: 0,
    maxConnectAttempts: null,
    name: "node",
  });
  return { connector, log };
}

const refused: ConnectAttempt = { socket: null, failure: new Error("refused") };

describe("Connector", () => {
  it("closes a socket without using it when disconnected right after the socket opened", async () => {
    const socket = new FakeSocket();
    let disconnected = Promise.resolve();
    const { connector, log } = connectorWith(() => {
      // The socket is already open, so the signal comes too late for the handshake.
      disconnected = Promise.resolve().then(() => connector.disconnect());
      return Promise.resolve({ socket, failure: null });
    });
    await expect(connector.connect(null)).rejects.toThrow("disconnected");
    await disconnected;
    expect([log.preparations, socket.open, connector.state]).toEqual([0, false, "idle"]);
  });

  it("reports a failed attempt, and closes when no attempt is left", async () => {
    const { connector, log } = connectorWith(() => Promise.resolve(refused));
    await expect(connector.connect(1)).rejects.toThrow("1 attempt");
    expect(log.events).toEqual(["attempt-failed", "gave-up"]);
    expect(connector.state).toBe("closed");
  });

  it("does not report an attempt that a disconnect ended", async () => {
    const { connector, log } = connectorWith(() => {
      void connector.disconnect();
      return Promise.resolve(refused);
    });
    await expect(connector.connect(null)).rejects.toThrow("disconnected");
    expect(log.events).toEqual([]);
  });

  it("reports a lost connection while it reconnects, and the new connection afterwards", async () => {
    const sockets: FakeSocket[] = [];
    const { connector, log } = connectorWith(() => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return Promise.resolve({ socket, failure: null });
    });
    await connector.connect(null);
    sockets[0]?.terminate();
    expect([connector.state, ...log.events]).toEqual(["connecting", "connected", "disconnected"]);
    await connector.connect(null);
    await connector.close();
    expect(log.events.slice(2)).toEqual(["connected", "disconnected"]);
  });
});
