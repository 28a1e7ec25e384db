import type { TokenBucket } from "@asterite/util";
import type { SessionRate } from "../commands/handler.ts";
import type { Capacity } from "./capacity.ts";

/** Length of a request, in characters, that costs one more token of the rate. */
const lengthPerToken = 1024;
/** WebSocket frames that cost a token: pings, binary messages and fragments are no requests, but cost time to parse. */
const framesPerToken = 16;
/** Bytes of a reply that cost one token more: long ones cost to build, to encrypt and to send. */
const replyBytesPerToken = 8 * 1024;
/** Deliveries of a packet of up to {@link lengthPerToken} that cost one token: each is encrypted and sent by itself. */
const deliveriesPerToken = 64;

/** Returns the units of {@link lengthPerToken} that a text has begun. */
const lengthUnits = (length: number): number => 1 + Math.floor(length / lengthPerToken);

/** Returns the tokens of the rate that a request costs: long ones cost more to receive and to parse. */
const costOf = (text = ""): number => lengthUnits(text.length);

/** Rates that the requests of a connection count against. */
export class RequestRates implements SessionRate {
  readonly #capacity: Capacity;
  /** Rate of this connection; once logged in, the one that all sessions of the account share. */
  #own: TokenBucket;
  /** Rate that all guests of the address share; undefined once logged in. */
  #address: TokenBucket | undefined;

  constructor(capacity: Capacity, network: string) {
    this.#capacity = capacity;
    this.#own = capacity.createRate();
    this.#address = capacity.guestRateOf(network);
  }

  /** Tokens left in the lowest rate. */
  get level(): number {
    return Math.min(this.#own.level, this.#address?.level ?? Number.POSITIVE_INFINITY);
  }

  /** Counts a guest for another network. */
  assignNetwork(network: string): void {
    this.#address = this.#capacity.guestRateOf(network);
  }

  /** Counts the connection for its account only, with the rate that its sessions share. */
  assignAccount(rate: TokenBucket): void {
    this.#own = rate;
    this.#address = undefined;
  }

  /** Counts a request. Returns the ms to wait before it runs. */
  take(text: string | undefined): number {
    return this.#takeOnCredit(costOf(text));
  }

  /** Counts a request if it need not wait. Returns whether it was counted. */
  tryTake(text: string): boolean {
    const cost = costOf(text);
    return this.#own.tryTake(cost) && this.#address?.tryTake(cost) !== false;
  }

  /** Counts frames of a WebSocket. Returns the ms to wait before more are read. */
  takeFrames(frames: number): number {
    return this.#takeOnCredit(frames / framesPerToken);
  }

  /** Counts a long reply, for which the next request waits. */
  takeReply(bytes: number): void {
    this.#takeOnCredit(Math.floor(bytes / replyBytesPerToken));
  }

  takeFanOut(length: number, deliveries: number): void {
    this.#takeOnCredit(Math.floor((deliveries * lengthUnits(length)) / deliveriesPerToken));
  }

  #takeOnCredit(cost: number): number {
    if (cost === 0) return 0;
    return Math.max(this.#own.takeOnCredit(cost), this.#address?.takeOnCredit(cost) ?? 0);
  }
}
