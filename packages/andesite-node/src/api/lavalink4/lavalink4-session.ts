import type { PlayerMap } from "../../players/player-map.ts";
import type { PlayerMessage } from "../../players/players.ts";
import type { ClientSocket } from "../sessions/client-socket.ts";
import type { BufferLimits } from "../sessions/event-buffer.ts";
import { playerUpdate, toLavalinkEvent } from "./lavalink-messages.ts";
import { ResumeQueue } from "./resume-queue.ts";

type State =
  | { readonly type: "open"; readonly socket: ClientSocket; readonly statsTimers: readonly NodeJS.Timeout[] }
  /** The connection was lost; the session ends unless a client resumes it in time. */
  | {
      readonly type: "waiting";
      readonly queue: ResumeQueue;
      readonly timer: NodeJS.Timeout;
      /** ms since 1970. */
      readonly expiresAt: number;
    }
  | { readonly type: "ended" };

/** Interval of the statistics. Clients give a node up that sends none for 65 s. */
const statsIntervalMs = 60_000;
/**
 * Delay of the first statistics. moonlink.js reads messages that came in one segment with the response of the handshake
 * only once a later segment has arrived.
 */
const firstStatsMs = 100;
/** Close code for the old connection of a session that was taken over. */
const takenOver = 4_000;
const defaultTimeoutSeconds = 60;

/** Dependencies of {@link Lavalink4Session}. */
export interface Lavalink4SessionDependencies {
  /** The players, which nothing else uses. */
  readonly players: PlayerMap;
  readonly limits: BufferLimits;
  /** Returns the statistics of a session. */
  readonly stats: (players: PlayerMap) => object;
  /** Called when the session has ended. */
  readonly onEnd: (session: Lavalink4Session) => void;
}

/** Session of a Lavalink 4 client: its players, and its connection or the wait for the next one. */
export class Lavalink4Session {
  readonly id: string;
  readonly userId: string;
  readonly players: PlayerMap;
  /** Whether the session waits for its client after a lost connection. */
  isResuming = false;
  /** How long it waits, in seconds. */
  timeoutSeconds = defaultTimeoutSeconds;
  readonly #dependencies: Lavalink4SessionDependencies;
  #state: State = { type: "ended" };

  constructor(id: string, userId: string, dependencies: Lavalink4SessionDependencies) {
    this.id = id;
    this.userId = userId;
    this.players = dependencies.players;
    this.#dependencies = dependencies;
    this.players.listen((message) => this.#handleMessage(message));
  }

  /** The open connection; undefined if there is none. */
  get socket(): ClientSocket | undefined {
    return this.#state.type === "open" ? this.#state.socket : undefined;
  }

  /** Whether the loss of its connection leaves it waiting. */
  get canResume(): boolean {
    return this.isResuming && this.timeoutSeconds > 0;
  }

  /** Whether it waits for its client. */
  get isWaiting(): boolean {
    return this.#state.type === "waiting";
  }

  /** When it ends if no client resumes it, in ms since 1970; null while it has a connection. */
  get expiresAt(): number | null {
    return this.#state.type === "waiting" ? this.#state.expiresAt : null;
  }

  /** Waits for the client for a time, and ends then. */
  wait(ms: number): void {
    const timer = setTimeout(() => this.end(), ms).unref();
    const queue = new ResumeQueue(this.#dependencies.limits);
    this.#transition({ type: "waiting", queue, timer, expiresAt: Date.now() + ms });
  }

  /** Uses a connection, in place of an older one. What was queued without one is sent. */
  open(socket: ClientSocket): void {
    const previous = this.#state;
    const queued = previous.type === "waiting" ? previous.queue.drain() : [];
    const isResumed = previous.type !== "ended";
    const sendStats = (): void => this.#sendStats(socket);
    const statsTimers = [
      setTimeout(sendStats, firstStatsMs),
      setInterval(sendStats, statsIntervalMs).unref(),
    ];
    this.#transition({ type: "open", socket, statsTimers });
    if (previous.type === "open") previous.socket.webSocket.close(takenOver, "The session was resumed");
    socket.write(JSON.stringify({ op: "ready", resumed: isResumed, sessionId: this.id }));
    for (const text of queued) socket.write(text);
    if (isResumed) for (const player of this.players.all) socket.write(JSON.stringify(playerUpdate(player)));
    socket.webSocket.once("close", () => this.#handleClose(socket));
  }

  /** Ends the session and its players. */
  end(): void {
    if (this.#state.type === "ended") return;
    this.#transition({ type: "ended" });
    this.players.close();
    this.#dependencies.onEnd(this);
  }

  #transition(next: State): void {
    const previous = this.#state;
    this.#state = next;
    if (previous.type === "open") for (const timer of previous.statsTimers) clearInterval(timer);
    if (previous.type === "waiting") clearTimeout(previous.timer);
  }

  #handleClose(socket: ClientSocket): void {
    if (this.socket !== socket) return;
    if (this.canResume) this.wait(this.timeoutSeconds * 1_000);
    else this.end();
  }

  #sendStats(socket: ClientSocket): void {
    socket.writeBounded(JSON.stringify({ op: "stats", ...this.#dependencies.stats(this.players) }));
  }

  #handleMessage(message: PlayerMessage): void {
    const state = this.#state;
    const { userId, guildId, content } = message;
    if (state.type === "ended") return;
    if (content.type === "update" || content.type === "voice") {
      const player = this.players.find(userId, guildId);
      if (player && state.type === "open") state.socket.writeBounded(JSON.stringify(playerUpdate(player)));
      return;
    }
    const event = toLavalinkEvent(message);
    if (!event || content.type !== "event") return;
    const text = JSON.stringify(event);
    if (state.type === "open") state.socket.writeBounded(text);
    else state.queue.push({ key: `${guildId} ${content.name}`, text });
  }
}
