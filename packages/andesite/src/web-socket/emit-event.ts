import type { AbstractWebSocket } from "./abstract-web-socket.ts";

/**
 * Emits an event on a client's event target. Never throws: a failing listener becomes a `ListenerError`
 * event.
 */
export function emitEvent({ eventTarget }: AbstractWebSocket, event: object): void {
  eventTarget.emit(event).catch(() => {});
}
