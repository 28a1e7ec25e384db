import type { DebugHook } from "../debug.ts";
import type { WebSocketLike } from "./socket.ts";

const encoder = new TextEncoder();

/** Returns a socket with an entry in the debug log for each packet and for its end. */
export function debuggedSocket(socket: WebSocketLike, debug: DebugHook, address: string): WebSocketLike {
  const log = (event: string, details: object): void =>
    debug({ source: "socket", event, details: { address, ...details } });
  return {
    get open() {
      return socket.open;
    },
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    header: (name) => socket.header(name),
    listen: ({ message, pong, close }) =>
      socket.listen({
        pong,
        message(text) {
          log("packet-received", describePacket(text));
          message(text);
        },
        close(code, reason) {
          log("closed", { code, reason });
          close(code, reason);
        },
      }),
    send(text, done) {
      log("packet-sent", describePacket(text));
      socket.send(text, done);
    },
    ping: () => socket.ping(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

/** Returns operation, event type, guild and size of a packet, without its other contents. */
function describePacket(text: string): Readonly<Record<string, unknown>> {
  const bytes = encoder.encode(text).length;
  try {
    const { op, type, guildId } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return { op, ...(type !== undefined && { type }), ...(guildId !== undefined && { guildId }), bytes };
  } catch {
    return { op: undefined, bytes };
  }
}
