import { checkPush, type Packet, parsePacket, Status } from "@asterite/aster-protocol";
import type { Clock } from "../clock.ts";
import { byteLength, type Debug, messageOf } from "../debug.ts";
import { AsterError, CommandError } from "../errors.ts";
import { isTemporary } from "../reasons.ts";
import { connectPrefix } from "../transport/connect-error.ts";
import type { OpenTransport, Target, Transport } from "../transport/transport.ts";
import { type ReconnectOptions, reconnectDelayMs } from "./backoff.ts";
import { IdleCheck } from "./idle-check.ts";
import { type OutgoingPacket, RequestMatcher, type RequestOptions } from "./request-matcher.ts";

/** State of a connection to a server. */
export type SessionStatus =
  /** `connect` was not called yet. */
  | "idle"
  /** Opening the transport. */
  | "connecting"
  /** Negotiating extensions, and logging in or registering. */
  | "authenticating"
  /** Loading users, channels, name and icon, and events missed since the connection was lost. */
  | "loading"
  /** All data is loaded; pushes keep it up to date. */
  | "ready"
  /** The connection was lost; waiting for the reconnect delay. */
  | "waiting"
  /** Closed, by this program or by an error, until the program connects again. */
  | "closed";

/** Protocol steps and observers of a {@link Session}. */
interface SessionHooks {
  /** Negotiates extensions and logs in or registers, as the first step on a connection. */
  authenticate(): Promise<void>;
  /** Loads the data without which the session is not ready. */
  load(): Promise<void>;
  /** Receives every packet, replies and errors included, before the pending request that it settles. */
  handlePacket(packet: Packet, characters: number): void;
  /** Receives every state change; `error` is the reason for which a connection or the session ended. */
  handleStatus(status: SessionStatus, error: AsterError | undefined): void;
}

/** Options of a {@link Session}. */
export interface SessionOptions {
  readonly target: Target;
  readonly openTransport: OpenTransport;
  readonly hooks: SessionHooks;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idlePingMs: number;
  readonly pingTimeoutMs: number;
  /** `false`: a lost connection closes the session. */
  readonly reconnect: Required<ReconnectOptions> | false;
  /** Returns a uniform random number from 0 up to 1, for the jitter of reconnections. */
  readonly random: () => number;
  readonly debug?: Debug | undefined;
}

/** An open transport and the state bound to it. */
interface Link {
  readonly transport: Transport;
  readonly matcher: RequestMatcher;
  /** Rejects when the connection is lost, to abort the login and loading. */
  readonly lost: PromiseWithResolvers<never>;
  /** Resolves when the socket is closed. */
  readonly closed: PromiseWithResolvers<void>;
  readonly idleCheck: IdleCheck;
}

type State =
  | { readonly type: "idle" }
  | { readonly type: "connecting"; readonly abort: AbortController }
  | { readonly type: "authenticating" | "loading"; readonly link: Link }
  | { readonly type: "ready"; readonly link: Link; readonly readyAtMs: number }
  | { readonly type: "waiting"; readonly timer: unknown; readonly isRefused: boolean }
  | { readonly type: "closed"; readonly error: AsterError | undefined };

const supportedMajors: readonly unknown[] = [0, 1];
/** Time in ms in which the transport must close gracefully before it is destroyed. */
const closeTimeoutMs = 2000;
/**
 * Consecutive refused logins without a reason that close a session that was ready before. Restarting servers
 * refuse temporarily.
 */
const maxLoginRefusals = 3;

/**
 * Connection to one server across reconnections: connects, logs in, loads, and reconnects after a loss until
 * it is closed or the server refuses the login.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #address: string;
  readonly #connected = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #readiness = Promise.withResolvers<void>();
  #state: State = { type: "idle" };
  #opening: Promise<void> | undefined;
  #attempt = 0;
  #refusals = 0;
  #wasReady = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#address = `${options.target.host}:${options.target.port}`;
    // Rejections that the program does not observe must not become unhandled rejections.
    this.#connected.promise.catch(() => {});
    this.#closed.promise.catch(() => {});
    this.#readiness.promise.catch(() => {});
  }

  get status(): SessionStatus {
    return this.#state.type;
  }

  /** Whether the session was ready at least once, so that the next connection is a reconnection. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Resolves when the session is closed for good and its socket is gone; rejects if an error closed it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Connects, and resolves when ready for the first time; rejects if the session closes before. A closed
   * session stays closed.
   */
  connect(): Promise<void> {
    if (this.#state.type === "idle") this.#startConnecting();
    return this.#connected.promise;
  }

  /** Resolves when the session is ready, now or after a reconnection; rejects when it is closed for good. */
  whenReady(): Promise<void> {
    return this.#state.type === "ready" ? Promise.resolve() : this.#readiness.promise;
  }

  /** Returns the error of a request that cannot be sent in the present state. */
  notConnected(command?: string): AsterError {
    const code = this.#state.type === "closed" ? "CLOSED" : "CONNECTION_LOST";
    return new AsterError(code, `not connected (${this.#state.type})`, { server: this.#address, command });
  }

  /** Sends a request and returns the packet that replies to it. */
  request(packet: OutgoingPacket, options: RequestOptions = {}): Promise<Packet> {
    const link = this.#link();
    if (!link) return Promise.reject(this.notConnected(packet.command));
    const { signal, timeoutMs = this.#options.requestTimeoutMs } = options;
    return link.matcher.request(packet, { signal, timeoutMs });
  }

  /** Limits the size of the packets that this program sends on the current connection, in bytes. */
  limitPackets(maxBytes: number): void {
    this.#link()?.matcher.limitPackets(maxBytes);
  }

  /** Sends a packet without waiting for its reply. */
  send(packet: OutgoingPacket): void {
    const link = this.#link();
    if (!link) throw this.notConnected(packet.command);
    link.matcher.send(packet);
  }

  /**
   * Drops the connection because of an error. The session reconnects unless it was never ready or may not.
   */
  drop(error: AsterError): void {
    const link = this.#link();
    if (link) this.#handleLoss(link, error);
  }

  /** Pings a silent server at once, or reconnects at once if the session waits to reconnect after a loss. */
  probe(): void {
    this.#link()?.idleCheck.probe();
    if (this.#state.type === "waiting" && !this.#state.isRefused) this.#startConnecting();
  }

  /** Sends `leave` and closes the session for good; with an error, closes it without `leave`. */
  close(error?: AsterError): void {
    if (this.#state.type === "closed") return;
    const link = this.#link();
    if (link && !error) link.matcher.send({ command: "leave" });
    this.#transition({ type: "closed", error });
  }

  #link(): Link | undefined {
    return "link" in this.#state ? this.#state.link : undefined;
  }

  /** Changes the state, and releases what the previous state owned unless the next one takes it over. */
  #transition(next: State, error?: AsterError): void {
    const previous = this.#state;
    const { clock, hooks, debug } = this.#options;
    this.#state = next;
    const reason = next.type === "closed" ? next.error : error;
    debug?.("session", "state-changed", {
      from: previous.type,
      to: next.type,
      ...(reason && { error: reason.message }),
    });
    if (previous.type === "connecting" && next.type === "closed") previous.abort.abort(this.notConnected());
    if (previous.type === "waiting") clock.clearTimeout(previous.timer);
    const released = "link" in previous && !("link" in next) ? previous.link : undefined;
    if (released) this.#releaseLink(released, reason ?? this.notConnected());
    if (next.type === "ready") this.#readiness.resolve();
    else if (previous.type === "ready") this.#renewReadiness();
    hooks.handleStatus(next.type, reason);
    if (next.type === "closed") void this.#finish(next.error, released);
  }

  #renewReadiness(): void {
    this.#readiness = Promise.withResolvers();
    this.#readiness.promise.catch(() => {});
  }

  #releaseLink(link: Link, failure: AsterError): void {
    const { clock } = this.#options;
    link.idleCheck.stop();
    link.matcher.rejectAll(failure);
    link.lost.reject(failure);
    link.transport.close();
    // A peer that does not read cannot complete a graceful close.
    const timer = clock.setTimeout(() => link.transport.destroy(), closeTimeoutMs);
    void link.closed.promise.then(() => clock.clearTimeout(timer));
  }

  async #finish(error: AsterError | undefined, link: Link | undefined): Promise<void> {
    const failure = error ?? this.notConnected();
    this.#connected.reject(failure);
    this.#readiness.reject(failure);
    await Promise.all([link?.closed.promise, this.#opening]);
    if (error) this.#closed.reject(error);
    else this.#closed.resolve();
  }

  #startConnecting(): void {
    const abort = new AbortController();
    this.#transition({ type: "connecting", abort });
    if (this.#state.type === "connecting") this.#opening = this.#establish(abort);
  }

  async #establish(abort: AbortController): Promise<void> {
    const { target, openTransport, connectTimeoutMs, clock, debug } = this.#options;
    const { host, port, framing } = target;
    debug?.("session", "connect-attempt", { host, port, framing, tls: target.tls !== false });
    const timer = clock.setTimeout(() => {
      const text = `connection timed out after ${connectTimeoutMs} ms`;
      abort.abort(new AsterError("TIMED_OUT", text, { server: this.#address }));
    }, connectTimeoutMs);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    const closed = Promise.withResolvers<void>();
    // Packets may arrive with the data that opens the transport, before its promise resolves.
    const early: string[] = [];
    let link: Link | undefined;
    try {
      const events = {
        received: (text: string) => (link ? this.#handleText(link, text) : void early.push(text)),
        closed: (error: Error | undefined) => {
          closed.resolve();
          if (link) this.#handleLoss(link, error);
          else lost.reject(error ?? new Error("the server closed the connection"));
        },
      };
      const transport = await openTransport(target, events, abort.signal).finally(() =>
        clock.clearTimeout(timer),
      );
      if (this.#state.type !== "connecting") {
        transport.destroy();
        await closed.promise;
        return;
      }
      const send = (text: string, command: string): void => {
        debug?.("socket", "packet-sent", { command, bytes: byteLength(text) });
        transport.send(text);
      };
      const matcher = new RequestMatcher(send, this.#address, clock);
      const opened: Link = {
        transport,
        matcher,
        lost,
        closed,
        idleCheck: new IdleCheck(this.#options, transport, {
          ping: () => matcher.send({ command: "ping" }),
          drop: (silentMs) => this.#dropSilent(opened, silentMs),
        }),
      };
      link = opened;
      link.idleCheck.start();
      await this.#logInAndLoad(link, early);
    } catch (error) {
      if (!link || this.#link() === link) this.#handleFailure(error);
    }
  }

  /** Logs in and loads. Rejects if a step fails or the connection is lost. */
  async #logInAndLoad(link: Link, early: readonly string[]): Promise<void> {
    const { hooks } = this.#options;
    this.#transition({ type: "authenticating", link });
    for (const text of early) this.#handleText(link, text);
    await Promise.race([hooks.authenticate(), link.lost.promise]);
    if (this.#link() !== link) return;
    this.#refusals = 0;
    this.#transition({ type: "loading", link });
    await Promise.race([hooks.load(), link.lost.promise]);
    if (this.#link() !== link) return;
    this.#wasReady = true;
    this.#transition({ type: "ready", link, readyAtMs: this.#options.clock.now() });
    this.#connected.resolve();
  }

  #dropSilent(link: Link, silentMs: number): void {
    this.#handleLoss(link, new Error(`no packet from the server for ${silentMs} ms`));
    // A peer that does not respond cannot complete a graceful close.
    link.transport.destroy();
  }

  #handleText(link: Link, text: string): void {
    if (this.#link() !== link) return;
    const { debug } = this.#options;
    const parsed = parsePacket(text);
    // Malformed packets are ignored; a malformed reply shows as a timeout of its request.
    if (!parsed.ok) {
      debug?.("socket", "packet-ignored", { bytes: byteLength(text), expected: parsed.expected });
      return;
    }
    link.idleCheck.recordPacket();
    const packet = parsed.value;
    const { command, status } = packet;
    debug?.("socket", "packet-received", { command, status, bytes: byteLength(text) });
    if (packet.command === "API_version" && !this.#isSupported(packet)) return;
    this.#options.hooks.handlePacket(packet, text.length);
    link.matcher.handlePacket(packet);
  }

  #isSupported(packet: Packet): boolean {
    const checked = checkPush("API_version", packet);
    if (!checked.ok || supportedMajors.includes(checked.value.version[0])) return true;
    const text = `unsupported protocol version ${checked.value.version.join(".")}; supported: 0.x and 1.x`;
    this.close(new AsterError("VERSION_UNSUPPORTED", text, { server: this.#address }));
    return false;
  }

  #handleLoss(link: Link, cause: Error | undefined): void {
    if (this.#link() !== link) return;
    if (cause instanceof AsterError && cause.code === "CONNECT_FAILED") {
      this.#reconnectOrClose(cause);
      return;
    }
    const text = cause ? `connection lost: ${cause.message}` : "connection lost";
    this.#reconnectOrClose(new AsterError("CONNECTION_LOST", text, { server: this.#address, cause }));
  }

  #handleFailure(error: unknown): void {
    if (this.#state.type === "closed" || this.#state.type === "waiting") return;
    if (error instanceof AsterError) this.#reconnectOrClose(error);
    else {
      const text = connectPrefix + messageOf(error);
      this.#reconnectOrClose(new AsterError("CONNECT_FAILED", text, { server: this.#address, cause: error }));
    }
  }

  /**
   * Schedules another attempt. Closes the session if it was never ready, unless the option `initial` is set,
   * or if the error is final.
   */
  #reconnectOrClose(error: AsterError): void {
    const { reconnect, clock, random, debug } = this.#options;
    if (!reconnect || !(this.#wasReady || reconnect.initial) || this.#isFinal(error)) {
      this.#transition({ type: "closed", error });
      return;
    }
    const previous = this.#state;
    const wasStable =
      previous.type === "ready" && clock.now() - previous.readyAtMs >= reconnect.stableAfterMs;
    this.#attempt = wasStable ? 1 : this.#attempt + 1;
    const retryAfterMs = error instanceof CommandError ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(reconnectDelayMs(this.#attempt, reconnect, random()), retryAfterMs);
    debug?.("session", "retry-scheduled", { attempt: this.#attempt, delayMs, error: error.message });
    const timer = clock.setTimeout(() => this.#startConnecting(), delayMs);
    this.#transition({ type: "waiting", timer, isRefused: error instanceof CommandError }, error);
  }

  #isFinal(error: AsterError): boolean {
    if (error.code === "CERTIFICATE_UNTRUSTED") return true;
    const isRefusal =
      this.#state.type === "authenticating" &&
      error instanceof CommandError &&
      error.status !== Status.Internal;
    if (!isRefusal) return false;
    if (error.reason !== undefined) return !isTemporary(error.reason);
    return !this.#wasReady || ++this.#refusals >= maxLoginRefusals;
  }
}
