import type { TrackError } from "@asterite/audio/media";
import type { MediaLocation } from "../bytes/media-location.ts";
import { isSameVoiceServer, noVoice, type VoiceServer, type VoiceState } from "../voice/voice-server.ts";
import type { AudioReport, Command, DeckName, LocateReport, Report } from "./messages.ts";
import { RemoteDeck } from "./remote-deck.ts";
import { serializeError } from "./serialized-error.ts";
import type { AudioThread, WorkerPool } from "./worker-pool.ts";

/** Thread deaths within {@link deathWindowMs} after which a player gives up its tracks. */
const maxDeaths = 3;
const deathWindowMs = 60_000;

/** Owner of a {@link RemotePlayer}. */
export interface AudioOwner {
  /** Returns the location of a track's bytes. Rejects with a TrackError. */
  locate(deck: DeckName, generation: number): Promise<MediaLocation>;
  /**
   * Handles a report about the audio. When a track has ended, called before its deck advances to the next
   * track.
   */
  handleReport(report: AudioReport): void;
}

/** How a voice connection ended. */
export interface VoiceClose {
  /** Close code of the voice gateway or of RFC 6455. */
  readonly code: number;
  readonly reason: string;
  readonly byRemote: boolean;
}

const goingAway = 1_001;

/** Callback for each packet of 20 ms. */
export type PacketListener = (packet: Uint8Array) => void;

/**
 * The main thread's side of a player's audio: owns the decks, sends commands, and forwards reports to its
 * owner. Assigned to a worker thread with the first command.
 */
export class RemotePlayer {
  readonly id: number;
  readonly #pool: Pick<WorkerPool, "acquire" | "release">;
  readonly #decks = new Map<DeckName, RemoteDeck>();
  readonly #deathsMs: number[] = [];
  #owner: AudioOwner;
  #thread: AudioThread | undefined;
  #isMixerRequested = false;
  #hasLayers = false;
  #radio = false;
  #voice: VoiceServer | undefined;
  #voiceState = noVoice;
  /** Whether the last voice connection ended by itself. */
  #isVoiceClosed = false;
  /** Callers of {@link waitForVoice}. */
  #voiceWaiters: ((close: VoiceClose | null) => void)[] = [];
  #listener: PacketListener | undefined;
  #isClosed = false;

  constructor(id: number, pool: Pick<WorkerPool, "acquire" | "release">, owner: AudioOwner) {
    this.id = id;
    this.#pool = pool;
    this.#owner = owner;
  }

  /** The worker thread that runs the audio; `undefined` before the first command. */
  get thread(): AudioThread | undefined {
    return this.#thread;
  }

  /** Hands the audio over to another owner. */
  setOwner(owner: AudioOwner): void {
    this.#owner = owner;
  }

  /** Returns the mixer players' decks by id. */
  *mixerDecks(): Iterable<readonly [id: string, deck: RemoteDeck]> {
    for (const [name, deck] of this.#decks) if (name !== null) yield [name, deck];
  }

  /** Returns a deck, and creates it if there is none of this name. */
  deck(name: DeckName): RemoteDeck {
    let deck = this.#decks.get(name);
    if (!deck) {
      deck = new RemoteDeck({ player: this.id, deck: name }, (command) => this.#send(command));
      this.#decks.set(name, deck);
    }
    return deck;
  }

  /** Returns a deck; `undefined` if there is none of this name. */
  findDeck(name: DeckName): RemoteDeck | undefined {
    return this.#decks.get(name);
  }

  /** Switches to the mixer or to the single player as soon as that has audio. */
  requestSource(mixer: boolean): void {
    this.#isMixerRequested = mixer;
    this.#send({ type: "source", player: this.id, mixer });
  }

  /** Adds the mixer players to the audio of the single player, while that plays. */
  enableLayers(): void {
    this.#hasLayers = true;
    this.#send({ type: "layers", player: this.id, enabled: true });
  }

  /** Whether it plays in real time without an output. */
  get radio(): boolean {
    return this.#radio;
  }

  set radio(radio: boolean) {
    if (radio === this.#radio) return;
    this.#radio = radio;
    this.#sendOutputs();
  }

  /** Listener to which all packets are delivered. */
  get listener(): PacketListener | undefined {
    return this.#listener;
  }

  set listener(listener: PacketListener | undefined) {
    const hasChanged = (listener === undefined) !== (this.#listener === undefined);
    this.#listener = listener;
    if (hasChanged) this.#sendOutputs();
  }

  /** The last voice server update; `undefined` if there was none. */
  get voiceServer(): VoiceServer | undefined {
    return this.#voice;
  }

  /** The voice server of the present connection; `undefined` if there is none. */
  get presentVoiceServer(): VoiceServer | undefined {
    return this.#isVoiceClosed ? undefined : this.#voice;
  }

  /** State of the voice connection. */
  get voiceState(): VoiceState {
    return this.#voiceState;
  }

  /** Connects to a Discord call, unless it is the present one. */
  join(server: VoiceServer): void {
    const isPresent =
      !this.#isVoiceClosed && this.#voice !== undefined && isSameVoiceServer(this.#voice, server);
    if (!isPresent) this.#voiceState = noVoice;
    this.#isVoiceClosed = false;
    this.#voice = server;
    this.#send({ type: "voice", player: this.id, server });
  }

  /** Waits until audio can be sent. Resolves with the end of the connection or of the player, if that comes first. */
  waitForVoice(): Promise<VoiceClose | null> {
    if (this.#voiceState.isConnected) return Promise.resolve(null);
    return new Promise((resolve) => this.#voiceWaiters.push(resolve));
  }

  /** Ends the audio. Commands after this are ignored. */
  close(): void {
    if (this.#thread && !this.#isClosed) {
      this.#thread.send({ type: "remove", player: this.id });
      this.#pool.release(this.#thread);
    }
    this.#isClosed = true;
    this.#endVoiceWaits({ code: goingAway, reason: "The player was removed", byRemote: false });
  }

  /**
   * Records the death of its thread. Returns whether its tracks may continue in another: not after too many
   * deaths.
   */
  survivesDeath(nowMs: number): boolean {
    this.#deathsMs.push(nowMs);
    if (this.#deathsMs.length > maxDeaths) this.#deathsMs.shift();
    else return true;
    return nowMs - (this.#deathsMs[0] ?? nowMs) > deathWindowMs;
  }

  /**
   * Continues in another thread after the death of its own; without `keepsTracks`, its tracks end with the
   * error.
   */
  moveTo(thread: AudioThread, keepsTracks: boolean, error: TrackError): void {
    this.#assign(thread);
    for (const deck of [...this.#decks.values()]) {
      if (!keepsTracks) this.#failTrack(deck, error);
      deck.restore();
    }
    if (this.#isMixerRequested) this.requestSource(true);
    if (this.#hasLayers) this.enableLayers();
    if (this.#radio || this.#listener) this.#sendOutputs();
    if (this.#voice && !this.#isVoiceClosed) {
      this.#voiceState = noVoice;
      this.#send({ type: "voice", player: this.id, server: this.#voice });
    }
  }

  /** Handles a report from its thread. */
  handleReport(report: Exclude<Report, { readonly type: "frames" | "load" | "segments-lost" }>): void {
    switch (report.type) {
      case "locate":
        void this.#locate(report);
        break;
      case "ended":
        this.#endTrack(report);
        break;
      case "voice-state":
        this.#handleVoiceState(report);
        break;
      case "voice-closed":
        this.#isVoiceClosed = true;
        this.#endVoiceWaits(report);
        this.#owner.handleReport(report);
        break;
      case "deck-removed":
        if (this.#decks.get(report.deck)?.revision === report.revision) this.#decks.delete(report.deck);
        break;
      default:
        this.#owner.handleReport(report);
    }
  }

  #handleVoiceState(report: AudioReport & { readonly type: "voice-state" }): void {
    const hasChanged = report.isConnected !== this.#voiceState.isConnected;
    this.#voiceState = { isConnected: report.isConnected, pingMs: report.pingMs };
    if (report.isConnected) this.#endVoiceWaits(null);
    if (hasChanged) this.#owner.handleReport(report);
  }

  #endVoiceWaits(close: VoiceClose | null): void {
    const waiters = this.#voiceWaiters;
    this.#voiceWaiters = [];
    for (const resolve of waiters) resolve(close);
  }

  #endTrack(report: AudioReport & { readonly type: "ended" }): void {
    const deck = this.#decks.get(report.deck);
    // A command that was on its way when the track ended has already replaced it.
    if (deck?.track?.generation !== report.generation) return;
    this.#owner.handleReport(report);
    deck.advance(report.next);
  }

  #failTrack(deck: RemoteDeck, error: TrackError): void {
    if (!deck.track) return;
    const { generation } = deck.track;
    const track = { player: this.id, deck: deck.name, generation };
    this.#owner.handleReport({ ...track, type: "exception", error: serializeError(error) });
    this.#endTrack({ ...track, type: "ended", reason: "LOAD_FAILED", next: undefined });
  }

  async #locate({ request, deck, generation }: LocateReport): Promise<void> {
    const thread = this.#thread;
    try {
      const location = await this.#owner.locate(deck, generation);
      thread?.send({ type: "located", request, location });
    } catch (error) {
      thread?.send({ type: "locate-failed", request, error: serializeError(error) });
    }
  }

  #sendOutputs(): void {
    const hasListeners = this.#listener !== undefined;
    this.#send({ type: "outputs", player: this.id, radio: this.#radio, hasListeners });
  }

  #send(command: Command): void {
    if (this.#isClosed) return;
    const thread = this.#thread ?? this.#assign(this.#pool.acquire());
    thread.send(command);
  }

  #assign(thread: AudioThread): AudioThread {
    this.#thread = thread;
    thread.send({ type: "add", player: this.id });
    return thread;
  }
}
