import type { Clock } from "../clock.ts";
import type { Debug } from "../debug.ts";
import type { Transport } from "../transport/transport.ts";

/** Maximum time that a single packet may take to arrive, in idle periods. */
const maxIdlePeriodsPerPacket = 10;

/** Time without a response to a requested ping after which the connection is dropped, in ms. */
const probeTimeoutMs = 3000;
/** Silence, in ms, below which a connection counts as working. */
const minProbedSilenceMs = 2000;

/** Options of an {@link IdleCheck}. */
interface IdleCheckOptions {
  readonly clock: Clock;
  /** Time without a packet after which the server is pinged, in ms. */
  readonly idlePingMs: number;
  /** Time without a response to the ping after which the connection is dropped, in ms. */
  readonly pingTimeoutMs: number;
  readonly debug?: Debug | undefined;
}

/** Actions of an {@link IdleCheck}. */
interface IdleActions {
  ping(): void;
  /** Drops the connection of a server that sent no packet for a time in ms. */
  drop(silentMs: number): void;
}

/** Pings a silent server, and drops the connection without a response. */
export class IdleCheck {
  readonly #options: IdleCheckOptions;
  readonly #transport: Transport;
  readonly #actions: IdleActions;
  #lastPacketAtMs: number;
  #timer: unknown;
  /** Time until which the server has to respond to a ping; infinite without one. */
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(options: IdleCheckOptions, transport: Transport, actions: IdleActions) {
    this.#options = options;
    this.#transport = transport;
    this.#actions = actions;
    this.#lastPacketAtMs = options.clock.now();
  }

  start(): void {
    this.#schedule(this.#options.idlePingMs);
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** Pings a server that has been silent for some seconds now; it has a short time to respond. */
  probe(): void {
    const isBeingChecked = this.#deadlineMs <= this.#options.clock.now() + probeTimeoutMs;
    if (isBeingChecked || this.#silentMs < minProbedSilenceMs) return;
    this.stop();
    this.#ping(probeTimeoutMs);
  }

  recordPacket(): void {
    this.#lastPacketAtMs = this.#options.clock.now();
  }

  get #silentMs(): number {
    return this.#options.clock.now() - this.#lastPacketAtMs;
  }

  #schedule(delayMs: number): void {
    const { clock, idlePingMs, pingTimeoutMs } = this.#options;
    this.#timer = clock.setTimeout(() => {
      const silentMs = this.#silentMs;
      if (silentMs < idlePingMs) {
        this.#schedule(idlePingMs - silentMs);
        return;
      }
      this.#ping(pingTimeoutMs);
    }, delayMs);
  }

  #ping(timeoutMs: number): void {
    const { clock, debug } = this.#options;
    const lastBeforePingAtMs = this.#lastPacketAtMs;
    const { bytesReceived } = this.#transport;
    debug?.("session", "idle-ping", { silentMs: this.#silentMs });
    this.#deadlineMs = clock.now() + timeoutMs;
    this.#timer = clock.setTimeout(() => {
      this.#deadlineMs = Number.POSITIVE_INFINITY;
      this.#checkResponse(lastBeforePingAtMs, bytesReceived);
    }, timeoutMs);
    this.#actions.ping();
  }

  #checkResponse(lastBeforePingAtMs: number, bytesBefore: number): void {
    const { idlePingMs } = this.#options;
    const silentMs = this.#silentMs;
    // A large packet on a slow connection counts as activity, up to a limit: it may never end.
    const isReceiving =
      this.#transport.bytesReceived !== bytesBefore && silentMs < maxIdlePeriodsPerPacket * idlePingMs;
    if (this.#lastPacketAtMs !== lastBeforePingAtMs) this.#schedule(Math.max(0, idlePingMs - silentMs));
    else if (isReceiving) this.#schedule(idlePingMs);
    else this.#actions.drop(silentMs);
  }
}
