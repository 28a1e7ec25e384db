import type { Bus } from "./bus.ts";

/** Where there is no way between processes but the database. */
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
