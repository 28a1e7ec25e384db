import { createHmac, timingSafeEqual } from "node:crypto";
import type { Logger } from "@asterite/util";
import type { Bus, Topic } from "./bus.ts";
import type { BusKeyring, LoadedBusKey } from "./bus-keyring.ts";
import { ReplayGuard, type ReplayRefusal } from "./replay-guard.ts";

const version = 1;
const uuidBytes = 16;
/** Offsets of the header's fields: version, process, key, number, time, code. */
const at = { process: 1, key: 17, number: 21, time: 27, code: 33 } as const;
const codeBytes = 32;
const headerBytes = at.code + codeBytes;
/** Bytes of a number or time, an unsigned integer. */
const integerBytes = 6;
/** Minimum interval between two warnings for the same reason, in ms. */
const warningIntervalMs = 60_000;

/** Reason why a message is ignored. */
export type MessageRefusal = ReplayRefusal | "forged" | "unknown key";

/** Dependencies of an {@link AuthenticatedBus}. */
interface AuthenticatedBusOptions {
  readonly bus: Bus;
  /** Random id of this process, a UUID. */
  readonly process: string;
  readonly keyring: BusKeyring;
  /** Returns the time by the database's clock, as Unix time in ms. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Bus whose messages carry the sender's process, a number, the time and an HMAC with a key from the database.
 * A message that is forged, altered, replayed or too old is counted, logged at most once a minute, and ignored.
 */
export class AuthenticatedBus implements Bus {
  /** Ignored messages by reason. */
  readonly refused = new Map<MessageRefusal, number>();
  readonly #bus: Bus;
  readonly #process: Buffer;
  readonly #keyring: BusKeyring;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #guard: ReplayGuard;
  readonly #warnedAt = new Map<MessageRefusal, number>();
  #number = 0;

  constructor({ bus, process, keyring, now, logger }: AuthenticatedBusOptions) {
    this.#bus = bus;
    this.#process = Buffer.from(process.replaceAll("-", ""), "hex");
    this.#keyring = keyring;
    this.#now = now;
    this.#logger = logger;
    this.#guard = new ReplayGuard(this.#process.toString("hex"));
  }

  get isConnected(): boolean {
    return this.#bus.isConnected;
  }

  get maxMessageBytes(): number {
    return this.#bus.maxMessageBytes - headerBytes;
  }

  send(topic: Topic, message: Uint8Array): void {
    if (!this.#bus.isConnected) return;
    const now = this.#now();
    const key = this.#keyring.signingKey(now);
    if (!key) return;
    const signed = Buffer.allocUnsafe(headerBytes + message.length);
    signed[0] = version;
    this.#process.copy(signed, at.process);
    signed.writeUInt32BE(key.number, at.key);
    signed.writeUIntBE(++this.#number, at.number, integerBytes);
    signed.writeUIntBE(Math.max(0, Math.round(now)), at.time, integerBytes);
    signed.set(message, headerBytes);
    codeOf(topic, signed, key).copy(signed, at.code);
    this.#bus.send(topic, signed);
  }

  subscribe(topic: Topic, receive: (message: Uint8Array) => void): void {
    this.#bus.subscribe(topic, (message) => {
      const signed = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
      const refusal = this.#verify(topic, signed);
      if (refusal === undefined) receive(signed.subarray(headerBytes));
      else this.#refuse(refusal, topic);
    });
  }

  onConnected(connected: () => void): void {
    this.#bus.onConnected(connected);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  #verify(topic: Topic, signed: Buffer): MessageRefusal | undefined {
    if (signed.length < headerBytes || signed[0] !== version) return "forged";
    const now = this.#now();
    const key = this.#keyring.findKey(signed.readUInt32BE(at.key), now);
    if (!key) {
      this.#keyring.reload();
      return "unknown key";
    }
    // Verified first: no other field of an unauthenticated message is used.
    if (!timingSafeEqual(signed.subarray(at.code, headerBytes), codeOf(topic, signed, key))) return "forged";
    const origin = {
      process: signed.toString("hex", at.process, at.process + uuidBytes),
      number: signed.readUIntBE(at.number, integerBytes),
      sentAtMs: signed.readUIntBE(at.time, integerBytes),
    };
    return this.#guard.record(origin, now);
  }

  #refuse(reason: MessageRefusal, topic: Topic): void {
    const count = (this.refused.get(reason) ?? 0) + 1;
    this.refused.set(reason, count);
    const now = performance.now();
    const warnedAt = this.#warnedAt.get(reason) ?? Number.NEGATIVE_INFINITY;
    if (now - warnedAt < warningIntervalMs) return;
    this.#warnedAt.set(reason, now);
    this.#logger.warn({ reason, topic, count }, "bus message refused");
  }
}

/** Returns the HMAC over topic, header and content of a message. */
const codeOf = (topic: Topic, signed: Buffer, { key }: LoadedBusKey): Buffer =>
  createHmac("sha256", key)
    .update(`${topic}\n`)
    .update(signed.subarray(0, at.code))
    .update(signed.subarray(headerBytes))
    .digest();
