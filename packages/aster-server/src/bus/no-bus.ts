import type { Bus } from "./bus.ts";

/**
 * Bus of a cluster without NATS: never connected, so the processes learn of each other's commits from the
 * log.
 */
export class NoBus implements Bus {
  readonly isConnected = false;
  readonly maxMessageBytes = 0;

  send(): void {}

  subscribe(): void {}

  onConnected(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
