import type { Capacity, LimitedConnection } from "./capacity.ts";

/** Counts what a connection without a login has buffered against the limit of all such connections. */
export class GuestBuffer {
  readonly #connection: LimitedConnection;
  readonly #capacity: Capacity;
  #unfinishedBytes = 0;
  #waitingBytes = 0;
  /** Bytes counted so far. */
  #bytes = 0;
  #isClosed = false;

  constructor(connection: LimitedConnection, capacity: Capacity) {
    this.#connection = connection;
    this.#capacity = capacity;
  }

  /** Registers the connection as a guest, which may end an older one. */
  open(): void {
    this.#capacity.addGuest(this.#connection);
  }

  /** Counts the bytes of the message that has not arrived completely. */
  resizeUnfinished(bytes: number): void {
    this.#unfinishedBytes = bytes;
    this.#update();
  }

  /** Counts the length of the requests that wait. */
  resizeWaiting(length: number): void {
    this.#waitingBytes = length;
    this.#update();
  }

  /** Ends the count when the connection logs in or closes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#capacity.removeGuest(this.#connection, this.#bytes);
  }

  #update(): void {
    if (this.#isClosed) return;
    const before = this.#bytes;
    this.#bytes = this.#unfinishedBytes + this.#waitingBytes;
    if (!this.#capacity.resizeGuestBuffer(before, this.#bytes)) {
      this.#connection.disconnect("guest buffers full");
    }
  }
}
