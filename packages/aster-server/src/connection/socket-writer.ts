import type { Socket } from "node:net";
import type { Flushable, WriteBatcher } from "./write-batcher.ts";

/**
 * Longest write to a socket. A TLS socket encrypts each write as a whole into memory of its own, so a long reply that
 * many connections share would be copied for each of them.
 */
const maxWriteBytes = 256 * 1024;

/**
 * Outgoing side of a connection: collects packets for one write per commit, and passes long ones to the socket in
 * parts, each after the previous one has been sent.
 */
export class SocketWriter implements Flushable {
  readonly #socket: Socket;
  readonly #batcher: WriteBatcher;
  /** Buffers for the next flush, and their size. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Flushed buffers that wait until the socket has sent the part before them, and their size. */
  #queue: Buffer[] = [];
  #queueBytes = 0;
  #isSendingPart = false;
  #onSent: (() => void) | undefined;
  /** Reply bytes among the unsent ones. */
  #replyBytes = 0;

  constructor(socket: Socket, batcher: WriteBatcher) {
    this.#socket = socket;
    this.#batcher = batcher;
  }

  /** Bytes of pushes and replies that the socket has not sent. */
  get unsentBytes(): number {
    return this.#socket.writableLength + this.#queueBytes + this.#pendingBytes;
  }

  /** Bytes of pushes among them. Replies are not counted: a connection gets the next one after the previous ones. */
  get unsentPushBytes(): number {
    return this.unsentBytes - this.#replyBytes;
  }

  /** Collects a packet for the next flush. */
  write(bytes: Buffer, isReply: boolean): void {
    if (this.#pending.length === 0) {
      // The socket has sent the rest: the unsent replies cannot exceed the unsent bytes.
      this.#replyBytes = Math.min(this.#replyBytes, this.unsentBytes);
      this.#batcher.add(this);
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (isReply) this.#replyBytes += bytes.length;
  }

  /** Writes the collected packets to the socket. */
  flush(join: (buffers: readonly Buffer[]) => Buffer): void {
    if (this.#pending.length === 0) return;
    const bytes = join(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#socket.destroyed) return;
    if (bytes.length <= maxWriteBytes && !this.#isSendingPart) {
      this.#socket.write(bytes);
      return;
    }
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
    if (!this.#isSendingPart) this.#sendPart();
  }

  /** Writes the collected packets, and calls `done` when the socket has all of them. */
  finish(done: () => void): void {
    this.flush(Buffer.concat);
    if (this.#isSendingPart) this.#onSent = done;
    else done();
  }

  /** Resolves when no more than so many bytes are unsent, or the socket is closed. */
  async waitUntilSent(maxBytes: number): Promise<void> {
    while (this.unsentBytes > maxBytes && !this.#socket.destroyed) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#socket.off("drain", done).off("close", done);
          resolve();
        };
        this.#socket.on("drain", done).on("close", done);
      });
    }
  }

  #sendPart(): void {
    const [first] = this.#queue;
    this.#isSendingPart = first !== undefined && !this.#socket.destroyed;
    if (!first || this.#socket.destroyed) {
      this.#queue = [];
      this.#queueBytes = 0;
      this.#onSent?.();
      return;
    }
    const part = first.subarray(0, maxWriteBytes);
    if (part.length < first.length) this.#queue[0] = first.subarray(maxWriteBytes);
    else this.#queue.shift();
    this.#queueBytes -= part.length;
    this.#socket.write(part, () => this.#sendPart());
  }
}
