import { checkPush, type Packet, parsePacket, Status } from "@asterite/aster-protocol";
import type { Clock } from "../clock.ts";
import { AsterError, CommandError } from "../errors.ts";
import type { OpenTransport, Target, Transport } from "../transport/transport.ts";
import { type ReconnectOptions, reconnectDelayMs } from "./backoff.ts";
import { type OutgoingPacket, RequestMatcher, type RequestOptions } from "./request-matcher.ts";

/** Where a session is on its way. */
export type SessionStatus =
  /** Not asked to connect yet. */
  | "idle"
  /** Opening the connection. */
  | "connecting"
  /** Saying hello, and logging in or registering. */
  | "authenticating"
  /** Asking for users, channels, name and icon, and for what was missed. */
  | "loading"
  /** Everything is known; pushes keep it so. */
  | "ready"
  /** The connection was lost; waiting before the next try. */
  | "waiting"
  /** Ended for good. */
  | "closed";

/** What a session is made of; the server object above it supplies the protocol's steps. */
interface SessionHooks {
  /** Logs in or registers, as the first thing on a connection. */
  authenticate(): Promise<void>;
  /** Asks for everything that is to be known before the session counts as ready. */
  load(): Promise<void>;
  /** Every packet, replies and errors included, before a waiting request gets it. */
  handlePacket(packet: Packet, characters: number): void;
  /** The state changed; `error` is why a connection or the session ended. */
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
  /** `false`: the first loss of the connection ends the session. */
  readonly reconnect: Required<ReconnectOptions> | false;
  /** Uniform from 0 up to 1; spreads the reconnections. */
  readonly random: () => number;
}

/** A live connection with what it owns. */
interface Link {
  readonly transport: Transport;
  readonly matcher: RequestMatcher;
  /** Rejects when the connection is lost, for whoever waits for something else meanwhile. */
  readonly lost: PromiseWithResolvers<never>;
  /** Resolves when the socket is gone. */
  readonly closed: PromiseWithResolvers<void>;
  /** When the last packet came. */
  lastPacketAtMs: number;
  /** Looks after silence. */
  idleTimer: unknown;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly abort: AbortController }
  | { readonly kind: "authenticating" | "loading"; readonly link: Link }
  | { readonly kind: "ready"; readonly link: Link; readonly since: number }
  | { readonly kind: "waiting"; readonly timer: unknown }
  | { readonly kind: "closed"; readonly error: AsterError | undefined };

const supportedMajors: readonly unknown[] = [0, 1];
/** How long a goodbye may take before the socket is cut, in milliseconds. */
const closeTimeoutMs = 2000;
/** How many times the idle time one packet may take to arrive. */
const maxIdlePeriodsPerPacket = 10;
/** Refused logins in a row that end a session that was ready before; servers also refuse in haste. */
const maxLoginRefusals = 3;

/**
 * One server's connection over its whole life: connects, logs in, loads, and comes back after a loss until it
 * is closed or the server refuses.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #name: string;
  readonly #connected = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #readiness = Promise.withResolvers<void>();
  #state: State = { kind: "idle" };
  #opening: Promise<void> | undefined;
  #attempt = 0;
  #refusals = 0;
  #wasReady = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#name = `${options.target.host}:${options.target.port}`;
    // All are offered, not imposed: whoever does not ask must not be bothered with a rejection.
    this.#connected.promise.catch(() => {});
    this.#closed.promise.catch(() => {});
    this.#readiness.promise.catch(() => {});
  }

  get status(): SessionStatus {
    return this.#state.kind;
  }

  /** Whether the session was ready before, so that a connection made now is one that came back. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Resolves when the session is over for good and its socket gone; rejects if an error ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves when ready for the first time; rejects if that became impossible. */
  connect(): Promise<void> {
    if (this.#state.kind === "idle") this.#startConnecting();
    return this.#connected.promise;
  }

  /** Resolves when the session is ready, at once or after it has come back; rejects when it never will be. */
  whenReady(): Promise<void> {
    return this.#state.kind === "ready" ? Promise.resolve() : this.#readiness.promise;
  }

  /** Sends a request and waits for the packet that answers it. */
  request(packet: OutgoingPacket, options: RequestOptions = {}): Promise<Packet> {
    const link = this.#link();
    if (!link) return Promise.reject(this.#notConnected(packet.command));
    const { signal, timeoutMs = this.#options.requestTimeoutMs } = options;
    return link.matcher.request(packet, { signal, timeoutMs });
  }

  /** Sends a packet whose reply nobody waits for. */
  send(packet: OutgoingPacket): void {
    const link = this.#link();
    if (!link) throw this.#notConnected(packet.command);
    link.matcher.send(packet);
  }

  /** Drops the connection for a reason; the session comes back if it may. */
  drop(error: AsterError): void {
    const link = this.#link();
    if (link) this.#handleLoss(link, error);
  }

  /** Says goodbye, closes the connection and does not come back. */
  close(error?: AsterError): void {
    if (this.#state.kind === "closed") return;
    const link = this.#link();
    if (link && !error) link.matcher.send({ command: "leave" });
    this.#transition({ kind: "closed", error });
  }

  #link(): Link | undefined {
    return "link" in this.#state ? this.#state.link : undefined;
  }

  #notConnected(command?: string): AsterError {
    const code = this.#state.kind === "closed" ? "CLOSED" : "CONNECTION_LOST";
    return new AsterError(code, `not connected (${this.#state.kind})`, { server: this.#name, command });
  }

  /** The only way from one state to another: what the old state owned ends here unless the new one has it. */
  #transition(next: State, error?: AsterError): void {
    const previous = this.#state;
    const { clock, hooks } = this.#options;
    this.#state = next;
    const reason = next.kind === "closed" ? next.error : error;
    if (previous.kind === "connecting" && next.kind === "closed") previous.abort.abort(this.#notConnected());
    if (previous.kind === "waiting") clock.clearTimeout(previous.timer);
    const left = "link" in previous && !("link" in next) ? previous.link : undefined;
    if (left) this.#releaseLink(left, reason ?? this.#notConnected());
    if (next.kind === "ready") this.#readiness.resolve();
    else if (previous.kind === "ready") this.#renewReadiness();
    hooks.handleStatus(next.kind, reason);
    if (next.kind === "closed") void this.#finish(next.error, left);
  }

  #renewReadiness(): void {
    this.#readiness = Promise.withResolvers();
    this.#readiness.promise.catch(() => {});
  }

  #releaseLink(link: Link, failure: AsterError): void {
    const { clock } = this.#options;
    clock.clearTimeout(link.idleTimer);
    link.matcher.rejectAll(failure);
    link.lost.reject(failure);
    link.transport.close();
    // Whoever does not take what waits for it does not take the goodbye either.
    const timer = clock.setTimeout(() => link.transport.destroy(), closeTimeoutMs);
    void link.closed.promise.then(() => clock.clearTimeout(timer));
  }

  async #finish(error: AsterError | undefined, link: Link | undefined): Promise<void> {
    const failure = error ?? this.#notConnected();
    this.#connected.reject(failure);
    this.#readiness.reject(failure);
    await Promise.all([link?.closed.promise, this.#opening]);
    if (error) this.#closed.reject(error);
    else this.#closed.resolve();
  }

  #startConnecting(): void {
    const abort = new AbortController();
    this.#transition({ kind: "connecting", abort });
    if (this.#state.kind === "connecting") this.#opening = this.#establish(abort);
  }

  async #establish(abort: AbortController): Promise<void> {
    const { target, openTransport, connectTimeoutMs, clock } = this.#options;
    const timer = clock.setTimeout(() => {
      const text = `no connection within ${connectTimeoutMs} ms`;
      abort.abort(new AsterError("TIMED_OUT", text, { server: this.#name }));
    }, connectTimeoutMs);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    const gone = Promise.withResolvers<void>();
    // A packet may arrive together with the answer that opens the connection, before its promise is seen.
    const early: string[] = [];
    let link: Link | undefined;
    try {
      const events = {
        received: (text: string) => (link ? this.#handleText(link, text) : void early.push(text)),
        closed: (error: Error | undefined) => {
          gone.resolve();
          if (link) this.#handleLoss(link, error);
          else lost.reject(error ?? new Error("the server closed the connection"));
        },
      };
      const transport = await openTransport(target, events, abort.signal).finally(() =>
        clock.clearTimeout(timer),
      );
      if (this.#state.kind !== "connecting") {
        transport.destroy();
        await gone.promise;
        return;
      }
      const requests = new RequestMatcher((text) => transport.send(text), this.#name, clock);
      link = {
        transport,
        matcher: requests,
        lost,
        closed: gone,
        lastPacketAtMs: clock.now(),
        idleTimer: undefined,
      };
      this.#scheduleIdleCheck(link, this.#options.idlePingMs);
      await this.#logInAndLoad(link, early);
    } catch (error) {
      if (!link || this.#link() === link) this.#handleFailure(error);
    }
  }

  /** Logs in and loads; a loss of the connection in between rejects like any other failure. */
  async #logInAndLoad(link: Link, early: readonly string[]): Promise<void> {
    const { hooks } = this.#options;
    this.#transition({ kind: "authenticating", link });
    for (const text of early) this.#handleText(link, text);
    await Promise.race([hooks.authenticate(), link.lost.promise]);
    if (this.#link() !== link) return;
    this.#refusals = 0;
    this.#transition({ kind: "loading", link });
    await Promise.race([hooks.load(), link.lost.promise]);
    if (this.#link() !== link) return;
    this.#wasReady = true;
    this.#transition({ kind: "ready", link, since: this.#options.clock.now() });
    this.#connected.resolve();
  }

  /** Looks in a while whether the server has been silent, and if so asks it for a sign of life. */
  #scheduleIdleCheck(link: Link, delayMs: number): void {
    const { clock, idlePingMs, pingTimeoutMs } = this.#options;
    link.idleTimer = clock.setTimeout(() => {
      if (this.#link() !== link) return;
      const silentMs = clock.now() - link.lastPacketAtMs;
      if (silentMs < idlePingMs) {
        this.#scheduleIdleCheck(link, idlePingMs - silentMs);
        return;
      }
      const { lastPacketAtMs: heardAt, transport } = link;
      const { bytesReceived } = transport;
      link.matcher.send({ command: "ping" });
      link.idleTimer = clock.setTimeout(() => {
        if (this.#link() !== link) return;
        const now = clock.now();
        // A large packet on a slow line is a sign of life too, but not for ever: it may have no end.
        const isSlow =
          transport.bytesReceived !== bytesReceived &&
          now - link.lastPacketAtMs < maxIdlePeriodsPerPacket * idlePingMs;
        if (link.lastPacketAtMs !== heardAt)
          this.#scheduleIdleCheck(link, Math.max(0, idlePingMs - (now - link.lastPacketAtMs)));
        else if (isSlow) this.#scheduleIdleCheck(link, idlePingMs);
        else this.#dropSilent(link, now - link.lastPacketAtMs);
      }, pingTimeoutMs);
    }, delayMs);
  }

  #dropSilent(link: Link, silentMs: number): void {
    this.#handleLoss(link, new Error(`the server has been silent for ${silentMs} ms`));
    // Nobody is there to take a goodbye.
    link.transport.destroy();
  }

  #handleText(link: Link, text: string): void {
    if (this.#link() !== link) return;
    const parsed = parsePacket(text);
    // Garbage is not worth a connection; a reply that was garbage shows as a time-out.
    if (!parsed.ok) return;
    link.lastPacketAtMs = this.#options.clock.now();
    const packet = parsed.value;
    if (packet.command === "API_version" && !this.#isSupported(packet)) return;
    this.#options.hooks.handlePacket(packet, text.length);
    link.matcher.handlePacket(packet);
  }

  #isSupported(packet: Packet): boolean {
    const checked = checkPush("API_version", packet);
    if (!checked.ok || supportedMajors.includes(checked.value.version[0])) return true;
    const text = `it speaks version ${checked.value.version.join(".")}; this library knows 0.x and 1.x`;
    this.close(new AsterError("VERSION_UNSUPPORTED", text, { server: this.#name }));
    return false;
  }

  #handleLoss(link: Link, cause: Error | undefined): void {
    if (this.#link() !== link) return;
    const text = cause ? `connection lost: ${cause.message}` : "connection lost";
    this.#reconnectOrClose(new AsterError("CONNECTION_LOST", text, { server: this.#name, cause }));
  }

  #handleFailure(error: unknown): void {
    if (this.#state.kind === "closed" || this.#state.kind === "waiting") return;
    if (error instanceof AsterError) this.#reconnectOrClose(error);
    else {
      const text = error instanceof Error ? error.message : String(error);
      this.#reconnectOrClose(
        new AsterError("CONNECT_FAILED", `cannot connect: ${text}`, { server: this.#name, cause: error }),
      );
    }
  }

  /** Before the first success a failure is the caller's to judge; later only a refusal ends the session. */
  #reconnectOrClose(error: AsterError): void {
    const { reconnect, clock, random } = this.#options;
    if (!reconnect || !this.#wasReady || this.#isFinal(error)) {
      this.#transition({ kind: "closed", error });
      return;
    }
    const previous = this.#state;
    const wasStable = previous.kind === "ready" && clock.now() - previous.since >= reconnect.stableAfterMs;
    this.#attempt = wasStable ? 1 : this.#attempt + 1;
    const delayMs = reconnectDelayMs(this.#attempt, reconnect, random());
    const timer = clock.setTimeout(() => this.#startConnecting(), delayMs);
    this.#transition({ kind: "waiting", timer }, error);
  }

  #isFinal(error: AsterError): boolean {
    if (error.code === "CERTIFICATE_UNTRUSTED") return true;
    const isRefusal =
      this.#state.kind === "authenticating" &&
      error instanceof CommandError &&
      error.status !== Status.Internal;
    return isRefusal && ++this.#refusals >= maxLoginRefusals;
  }
}
