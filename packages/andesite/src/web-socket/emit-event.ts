import { emitFailure } from "@asterite/observable";
import { type AbstractWebSocket, ProblemEvent } from "./abstract-web-socket.ts";

/**
 * Emits an event on a client's event target. Never throws: a failing listener becomes a `ListenerError`
 * event.
 */
export function emitEvent({ eventTarget }: AbstractWebSocket, event: object): void {
  eventTarget.emit(event).catch(() => {});
}

/** Emits a {@link ProblemEvent}; without a listener for it, the error is a warning of the platform. */
export function emitProblem(client: AbstractWebSocket, error: unknown): void {
  emitFailure(client.eventTarget, new ProblemEvent(client, error), error).catch(() => {});
}
