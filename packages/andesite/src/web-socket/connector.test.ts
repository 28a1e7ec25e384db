import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { Connector, type ConnectorHooks } from "./connector.ts";
import type { SocketListener, WebSocketLike } from "./socket.ts";

/** A socket that does what it is told, and closes when it is closed. */
class Socket implements WebSocketLike {
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

const connectorWith = (hooks: Partial<ConnectorHooks>) =>
  new Connector(
    {
      open: () => Promise.resolve({ socket: new Socket(), failure: null }),
      prepare: () => Promise.resolve(),
      up: () => {},
      message: () => {},
      ask: () => {},
      down: () => {},
      limit: () => null,
      attemptFailed: () => {},
      gaveUp: () => {},
      failed: () => {},
      ...hooks,
    },
    {
      clock: new FakeClock(),
      backoff: () => 0,
      heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
      stableAfterMs: 0,
      name: "node",
    },
  );

describe("a disconnect between the opening of a socket and its use", () => {
  it("uses it for nothing and closes it", async () => {
    const socket = new Socket();
    let prepared = 0;
    let disconnected = Promise.resolve();
    const connector: Connector = connectorWith({
      open: () => {
        // The socket is open already, so that the signal comes too late for the opening.
        disconnected = Promise.resolve().then(() => connector.disconnect());
        return Promise.resolve({ socket, failure: null });
      },
      prepare: () => {
        prepared++;
        return Promise.resolve();
      },
    });
    await expect(connector.connect(null)).rejects.toThrow("disconnected");
    await disconnected;
    expect([prepared, socket.open, connector.state]).toEqual([0, false, "idle"]);
  });
});

describe("failed attempts", () => {
  it("are told, each once, and not when they were given up on purpose", async () => {
    let failed = 0;
    const connector = connectorWith({
      open: () => Promise.resolve({ socket: null, failure: new Error("refused") }),
      attemptFailed: () => failed++,
    });
    await expect(connector.connect(1)).rejects.toThrow("1 attempt");
    expect(failed).toBe(1);
    const stubborn: Connector = connectorWith({
      open: () => {
        void stubborn.disconnect();
        return Promise.resolve({ socket: null, failure: new Error("refused") });
      },
      attemptFailed: () => failed++,
    });
    await expect(stubborn.connect(null)).rejects.toThrow("disconnected");
    expect(failed).toBe(1);
  });
});
