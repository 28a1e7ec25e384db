import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { AuthenticationError, ClientClosedError, WrongAddressError } from "../errors.ts";
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
  receive(text: string): void {
    for (const listener of this.#listeners) listener.message(text);
  }
  respond(): void {
    for (const listener of this.#listeners) listener.pong();
  }
  terminate(): void {
    this.open = false;
    for (const listener of this.#listeners.splice(0)) listener.close(1_000, "");
  }
}

/** A connector with the events and the number of preparations that it has caused. */
function connectorWith(openSocket: () => Promise<ConnectAttempt>) {
  const log = { events: [] as string[], preparations: 0, received: [] as string[], barriers: 0 };
  const clock = new FakeClock();
  const session = {
    startConnection: () => {
      log.preparations++;
      return Promise.resolve();
    },
    receive: (text: string) => void log.received.push(text),
    sendBarrier: () => void log.barriers++,
  };
  const connector = new Connector(session, openSocket, ({ type }) => log.events.push(type), {
    clock,
    backoff: () => 0,
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
    stableAfterMs: 0,
    maxConnectAttempts: null,
    name: "node",
  });
  return { connector, log, clock };
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

  it("stays usable after a refused password or an address that is certainly wrong", async () => {
    for (const failure of [new AuthenticationError(401, "no"), new WrongAddressError("WRONG_PATH", "no")]) {
      const { connector, log } = connectorWith(() => Promise.resolve({ socket: null, failure }));
      await expect(connector.connect(null)).rejects.toBe(failure);
      expect([connector.state, ...log.events]).toEqual(["idle", "attempt-failed", "failed"]);
    }
  });

  it("tries again at an address that was right before, and where a proxy may wait for its node", async () => {
    const proxied = new WrongAddressError("NOT_ANDESITE", "no");
    const moved = new WrongAddressError("WRONG_PATH", "no");
    const socket = new FakeSocket();
    const outcomes: ConnectAttempt[] = [
      { socket: null, failure: proxied },
      { socket, failure: null },
      { socket: null, failure: moved },
      { socket: new FakeSocket(), failure: null },
    ];
    const { connector, log, clock } = connectorWith(() => Promise.resolve(outcomes.shift() ?? refused));
    const connected = connector.connect(null);
    await clock.advance(1);
    await connected;
    socket.terminate();
    const back = connector.connect(null);
    await clock.advance(1);
    await back;
    expect(log.events.filter((event) => event !== "disconnected")).toEqual([
      "attempt-failed",
      "connected",
      "attempt-failed",
      "connected",
    ]);
  });

  it("drops messages that arrive after it has closed the socket, and terminates a silent one", async () => {
    class Silent extends FakeSocket {
      override close(): void {}
    }
    const socket = new Silent();
    const { connector, log, clock } = connectorWith(() => Promise.resolve({ socket, failure: null }));
    await connector.connect(null);
    socket.receive("before");
    const disconnected = connector.disconnect();
    socket.receive("after");
    expect(log.received).toEqual(["before"]);
    await clock.advance(1_999);
    expect(socket.open).toBe(true);
    await clock.advance(1);
    expect(socket.open).toBe(false);
    await disconnected;
    expect(clock.pending).toBe(0);
  });

  it("terminates a connection without a sign of life, of which each message and pong is one", async () => {
    const socket = new FakeSocket();
    const outcomes: ConnectAttempt[] = [socket, new FakeSocket()].map((one) => ({
      socket: one,
      failure: null,
    }));
    const { connector, log, clock } = connectorWith(() => Promise.resolve(outcomes.shift() ?? refused));
    await connector.connect(null);
    await clock.advance(1_000);
    socket.respond();
    await clock.advance(2_000);
    socket.receive("{}");
    await clock.advance(1_999);
    expect([socket.open, log.barriers]).toEqual([true, 0]);
    await clock.advance(1_001);
    expect(socket.open).toBe(false);
    await connector.close();
  });

  it("sends a message as its ping on platforms without ping frames", async () => {
    class Browser extends FakeSocket {
      override ping = () => false;
    }
    const socket = new Browser();
    const { connector, log, clock } = connectorWith(() => Promise.resolve({ socket, failure: null }));
    await connector.connect(null);
    await clock.advance(1_000);
    expect(log.barriers).toBe(1);
  });

  it("reconnects when a socket has ended without a report by the time it is prepared", async () => {
    const sockets: FakeSocket[] = [];
    const { connector, log } = connectorWith(() => {
      const socket = new FakeSocket();
      if (sockets.push(socket) === 1) socket.open = false;
      return Promise.resolve({ socket, failure: null });
    });
    await connector.connect(null);
    await connector.connect(null);
    expect(log.events).toEqual(["connected", "disconnected", "connected"]);
    expect(sockets[1]?.open).toBe(true);
  });

  it("refuses to connect once it is closed, until it is reset", async () => {
    const { connector, log } = connectorWith(() =>
      Promise.resolve({ socket: new FakeSocket(), failure: null }),
    );
    await connector.close();
    await expect(connector.connect(null)).rejects.toThrow(ClientClosedError);
    await connector.disconnect();
    expect(connector.state).toBe("closed");
    await connector.reset();
    await connector.connect(null);
    expect(log.events).toEqual(["connected"]);
  });
});
