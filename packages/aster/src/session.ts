import { checkPush, type Packet, parsePacket, Status } from "@asterite/aster-protocol";
import { type ReconnectOptions, reconnectDelayMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { AsterError, CommandError } from "./errors.ts";
import { type RequestOptions, Requests } from "./requests.ts";
import type { OpenTransport, Target, Transport } from "./transport/transport.ts";

/** Where a session is on its way. */
export type SessionStatus =
  /** Not asked to connect yet. */
  | "idle"
  /** Opening the connection. */
  | "connecting"
  /** Logging in or registering. */
  | "authenticating"
  /** Asking for users, channels, name and icon. */
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
  packet(packet: Packet): void;
  /** The state changed; `error` is why a connection or the session ended. */
  status(status: SessionStatus, error: AsterError | undefined): void;
}

/** Options of a {@link Session}. */
export interface SessionOptions {
  readonly target: Target;
  readonly openTransport: OpenTransport;
  readonly hooks: SessionHooks;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** `false`: the first loss of the connection ends the session. */
  readonly reconnect: Required<ReconnectOptions> | false;
}

/** A live connection with what it owns. */
interface Link {
  readonly transport: Transport;
  readonly requests: Requests;
  readonly lost: PromiseWithResolvers<never>;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly abort: AbortController }
  | { readonly kind: "authenticating" | "loading"; readonly link: Link }
  | { readonly kind: "ready"; readonly link: Link; readonly since: number }
  | { readonly kind: "waiting"; readonly timer: unknown }
  | { readonly kind: "closed"; readonly error: AsterError | undefined };

const supportedMajors: readonly unknown[] = [0, 1];

/**
 * One server's connection over its whole life: connects, logs in, loads, and comes back after a loss until it
 * is closed or the server refuses.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #name: string;
  readonly #first = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #state: State = { kind: "idle" };
  #attempt = 0;
  #wasReady = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#name = `${options.target.host}:${options.target.port}`;
    // Both are offered, not imposed: whoever does not ask must not be bothered with a rejection.
    this.#first.promise.catch(() => {});
    this.#ended.promise.catch(() => {});
  }

  get status(): SessionStatus {
    return this.#state.kind;
  }

  /** Resolves when the session is over for good; rejects if an error ended it. */
  get closed(): Promise<void> {
    return this.#ended.promise;
  }

  /** Resolves when ready for the first time; rejects if that became impossible. */
  connect(): Promise<void> {
    if (this.#state.kind === "idle") void this.#open();
    return this.#first.promise;
  }

  /** Sends a request and waits for the packet that answers it. */
  request(packet: { readonly command: string }, options: RequestOptions = {}): Promise<Packet> {
    const link = this.#link();
    if (!link) return Promise.reject(this.#notConnected());
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    return link.requests.request(packet, { signal: options.signal, timeoutMs });
  }

  /** Sends a packet whose reply nobody waits for. */
  post(packet: { readonly command: string }): void {
    const link = this.#link();
    if (!link) throw this.#notConnected();
    link.requests.post(packet);
  }

  /** Says goodbye, closes the connection and does not come back. */
  close(error?: AsterError): void {
    if (this.#state.kind === "closed") return;
    const link = this.#link();
    if (link && !error) link.requests.post({ command: "leave" });
    this.#transition({ kind: "closed", error });
  }

  #link(): Link | undefined {
    return "link" in this.#state ? this.#state.link : undefined;
  }

  #notConnected(): AsterError {
    const code = this.#state.kind === "closed" ? "CLOSED" : "CONNECTION_LOST";
    return new AsterError(code, `not connected (${this.#state.kind})`, { server: this.#name });
  }

  /** The only way from one state to another: what the old state owned ends here unless the new one has it. */
  #transition(next: State, error?: AsterError): void {
    const previous = this.#state;
    this.#state = next;
    if (previous.kind === "connecting" && next.kind === "closed") previous.abort.abort(this.#notConnected());
    if (previous.kind === "waiting") this.#options.clock.clearTimeout(previous.timer);
    if ("link" in previous && !("link" in next)) {
      const failure = error ?? (next.kind === "closed" ? next.error : undefined) ?? this.#notConnected();
      previous.link.requests.fail(failure);
      previous.link.lost.reject(failure);
      previous.link.transport.close();
    }
    this.#options.hooks.status(next.kind, next.kind === "closed" ? next.error : error);
    if (next.kind === "closed") {
      this.#first.reject(next.error ?? this.#notConnected());
      if (next.error) this.#ended.reject(next.error);
      else this.#ended.resolve();
    }
  }

  async #open(): Promise<void> {
    const abort = new AbortController();
    this.#transition({ kind: "connecting", abort });
    const { target, openTransport, connectTimeoutMs, clock } = this.#options;
    const timer = clock.setTimeout(() => {
      const text = `no connection within ${connectTimeoutMs} ms`;
      abort.abort(new AsterError("TIMED_OUT", text, { server: this.#name }));
    }, connectTimeoutMs);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    // A packet may arrive together with the answer that opens the connection, before its promise is seen.
    const early: string[] = [];
    let link: Link | undefined;
    try {
      const events = {
        received: (text: string) => (link ? this.#received(link, text) : void early.push(text)),
        closed: (error: Error | undefined) => (link ? this.#lost(link, error) : lost.reject(error)),
      };
      const transport = await openTransport(target, events, abort.signal);
      if (this.#state.kind !== "connecting") {
        transport.close();
        return;
      }
      const requests = new Requests((packet) => transport.send(JSON.stringify(packet)), this.#name);
      link = { transport, requests, lost };
      await this.#introduce(link, early);
    } catch (error) {
      this.#failed(error);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Logs in and loads; a loss of the connection in between rejects like any other failure. */
  async #introduce(link: Link, early: readonly string[]): Promise<void> {
    const { hooks } = this.#options;
    this.#transition({ kind: "authenticating", link });
    for (const text of early) this.#received(link, text);
    await Promise.race([hooks.authenticate(), link.lost.promise]);
    if (this.#link() !== link) return;
    this.#transition({ kind: "loading", link });
    await Promise.race([hooks.load(), link.lost.promise]);
    if (this.#link() !== link) return;
    this.#wasReady = true;
    this.#transition({ kind: "ready", link, since: this.#options.clock.now() });
    this.#first.resolve();
  }

  #received(link: Link, text: string): void {
    if (this.#link() !== link) return;
    const parsed = parsePacket(text);
    // Garbage is not worth a connection; a reply that was garbage shows as a time-out.
    if (!parsed.ok) return;
    const packet = parsed.value;
    if (packet.command === "API_version" && !this.#isSupported(packet)) return;
    this.#options.hooks.packet(packet);
    link.requests.handle(packet);
  }

  #isSupported(packet: Packet): boolean {
    const checked = checkPush("API_version", packet);
    if (!checked.ok || supportedMajors.includes(checked.value.version[0])) return true;
    const text = `it speaks version ${checked.value.version.join(".")}; this library knows 0.x and 1.x`;
    this.close(new AsterError("VERSION_UNSUPPORTED", text, { server: this.#name }));
    return false;
  }

  #lost(link: Link, cause: Error | undefined): void {
    if (this.#link() !== link) return;
    const context = { server: this.#name, cause };
    this.#retry(
      new AsterError(
        "CONNECTION_LOST",
        cause ? `connection lost: ${cause.message}` : "connection lost",
        context,
      ),
    );
  }

  #failed(error: unknown): void {
    if (this.#state.kind === "closed" || this.#state.kind === "waiting") return;
    if (error instanceof AsterError) this.#retry(error);
    else {
      const text = error instanceof Error ? error.message : String(error);
      this.#retry(
        new AsterError("CONNECT_FAILED", `cannot connect: ${text}`, { server: this.#name, cause: error }),
      );
    }
  }

  /** Before the first success a failure is the caller's to judge; later only a refusal ends the session. */
  #retry(error: AsterError): void {
    const { reconnect, clock } = this.#options;
    const isRefusal =
      error.code === "CERTIFICATE_UNTRUSTED" ||
      (error instanceof CommandError && error.status !== Status.Internal);
    if (!reconnect || !this.#wasReady || isRefusal) {
      this.#transition({ kind: "closed", error });
      return;
    }
    const previous = this.#state;
    const wasStable = previous.kind === "ready" && clock.now() - previous.since >= reconnect.stableAfterMs;
    this.#attempt = wasStable ? 1 : this.#attempt + 1;
    const delayMs = reconnectDelayMs(this.#attempt, reconnect, Math.random());
    const timer = clock.setTimeout(() => void this.#open(), delayMs);
    this.#transition({ kind: "waiting", timer }, error);
  }
}
