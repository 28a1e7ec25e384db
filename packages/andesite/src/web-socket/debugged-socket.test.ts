import { expect, it } from "vitest";
import type { DebugEntry } from "../debug.ts";
import { debuggedSocket } from "./debugged-socket.ts";
import type { SocketListener, WebSocketLike } from "./socket.ts";

it("passes all calls on, and logs packets and the end without their contents", () => {
  const calls: unknown[] = [];
  const listeners: SocketListener[] = [];
  const socket: WebSocketLike = {
    open: true,
    bufferedBytes: 7,
    header: (name) => `value of ${name}`,
    listen: (listener) => void listeners.push(listener),
    send: (text, done) => {
      calls.push(["send", text]);
      done();
    },
    ping: () => true,
    close: (...args) => void calls.push(["close", ...args]),
    terminate: () => void calls.push(["terminate"]),
  };
  const entries: DebugEntry[] = [];
  const debugged = debuggedSocket(socket, (entry) => void entries.push(entry), "ws://node/");
  expect([debugged.open, debugged.bufferedBytes, debugged.header("A"), debugged.ping()]).toEqual([
    true,
    7,
    "value of A",
    true,
  ]);
  debugged.listen({
    message: (text) => void calls.push(["message", text]),
    pong: () => void calls.push(["pong"]),
    close: (...args) => void calls.push(["closed", ...args]),
  });
  const started = '{"op":"event","type":"TrackStartEvent","guildId":"5","track":"é"}';
  debugged.send("secret", () => void calls.push(["sent"]));
  for (const listener of listeners) {
    listener.message(started);
    listener.pong();
    listener.close(1_000, "bye");
  }
  debugged.close(1_001, "away");
  debugged.terminate();
  expect(calls).toEqual([
    ["send", "secret"],
    ["sent"],
    ["message", started],
    ["pong"],
    ["closed", 1_000, "bye"],
    ["close", 1_001, "away"],
    ["terminate"],
  ]);
  const address = "ws://node/";
  const event = { op: "event", type: "TrackStartEvent", guildId: "5" };
  expect(entries).toEqual([
    { source: "socket", event: "packet-sent", details: { address, op: undefined, bytes: 6 } },
    {
      source: "socket",
      event: "packet-received",
      details: { address, ...event, bytes: Buffer.byteLength(started) },
    },
    { source: "socket", event: "closed", details: { address, code: 1_000, reason: "bye" } },
  ]);
});
