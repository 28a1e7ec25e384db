import type { Socket } from "node:net";

/** Resets a socket, as a crashed peer would. One that is sending its end is closed, but not reset. */
export function resetSocket(socket: Socket): void {
  // The system refuses to reset a socket during its shutdown, and Node never closes it after the refusal.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (socket.connecting || isShuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}
