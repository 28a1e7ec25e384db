import type { TrackError } from "@asterite/audio/media";
import type { MediaLocation } from "../bytes/media-location.ts";
import type { VoiceServer } from "../voice/voice-server.ts";
import { EngineDeck } from "./remote-deck.ts";
import type { Command, DeckName, DeckSettings, Report } from "./messages.ts";
import { unpackError } from "./serialized-error.ts";
import type { AudioThread } from "./worker-pool.ts";

/** So often may the threads of a player die within {@link deathWindowMs} before its tracks are given up. */
const maxDeaths = 3;
const deathWindowMs = 60_000;

/** What a player hears from the audio that it ordered. */
export interface EnginePlayerEvents {
  /** Where the bytes of a track are. Rejects with a TrackError. */
  locate(deck: DeckName, generation: number): Promise<MediaLocation>;
  /** A track ended by itself; `next` is the number of the one that took its place. */
  ended(deck: DeckName, generation: number, reason: "FINISHED" | "LOAD_FAILED", next: number | null): void;
  /** A track has a fault; its end follows. */
  exception(deck: DeckName, generation: number, error: TrackError): void;
  /** The track of the single player gave no frame for longer than the threshold. */
  stuck(generation: number): void;
  /** The mixer, or the single player, is what is heard from now on. */
  sourceChanged(mixer: boolean): void;
  /** The connection to Discord's voice gateway is over, until it is told a place again. */
  voiceClosed(code: number, reason: string, byRemote: boolean): void;
  /** A mixer player had nothing to play for a while and is gone. */
  deckRemoved(deck: string, stamp: number): void;
}

/** The near end of a player's audio. */
export class EnginePlayer {
  readonly id: number;
  readonly #closed: (player: EnginePlayer) => void;
  readonly #decks = new Map<DeckName, EngineDeck>();
  readonly #deaths: number[] = [];
  #thread: AudioThread;
  #mixer = false;
  #radio = false;
  #voice: VoiceServer | null = null;
  #events: EnginePlayerEvents;
  #listener: ((packet: Uint8Array) => void) | null = null;

  constructor(
    id: number,
    thread: AudioThread,
    events: EnginePlayerEvents,
    closed: (player: EnginePlayer) => void,
  ) {
    this.#closed = closed;
    this.id = id;
    this.#thread = thread;
    this.#events = events;
    this.#send({ type: "add", player: id });
  }

  /** The thread that carries it. */
  get thread(): AudioThread {
    return this.#thread;
  }

  /** A deck, made with these settings where there is none. */
  deck(name: DeckName, settings: DeckSettings): EngineDeck {
    let deck = this.#decks.get(name);
    if (!deck) {
      deck = new EngineDeck(this.id, name, settings, (command) => this.#send(command));
      this.#decks.set(name, deck);
    }
    return deck;
  }

  /** Forgets a deck that the thread has removed. */
  forget(name: string): void {
    this.#decks.delete(name);
  }

  /** Asks for the mixer, or the single player, to be heard as soon as it has something to play. */
  requestSource(mixer: boolean): void {
    this.#mixer = mixer;
    this.#send({ type: "source", player: this.id, mixer });
  }

  /** Whether it plays in real time without an output. */
  get radio(): boolean {
    return this.#radio;
  }

  set radio(radio: boolean) {
    if (radio === this.#radio) return;
    this.#radio = radio;
    this.#sendDrive();
  }

  /** Gets each packet of 20 ms; null for nobody. */
  set listener(listener: ((packet: Uint8Array) => void) | null) {
    const changed = (listener === null) !== (this.#listener === null);
    this.#listener = listener;
    if (changed) this.#sendDrive();
  }

  get listener(): ((packet: Uint8Array) => void) | null {
    return this.#listener;
  }

  /** Tells somebody else from now on. */
  listenTo(events: EnginePlayerEvents): void {
    this.#events = events;
  }

  /** Where the bytes of a track are. */
  locate(deck: DeckName, generation: number): Promise<MediaLocation> {
    return this.#events.locate(deck, generation);
  }

  /** Goes to a Discord call. */
  join(server: VoiceServer): void {
    this.#voice = server;
    this.#send({ type: "voice", player: this.id, server });
  }

  /** Ends all its audio. */
  close(): void {
    this.#send({ type: "remove", player: this.id });
    this.#closed(this);
  }

  /** Goes on in another thread after the loss of its own. Tells whether it shall; too many deaths say no. */
  survives(nowMs: number): boolean {
    this.#deaths.push(nowMs);
    if (this.#deaths.length > maxDeaths) this.#deaths.shift();
    else return true;
    return nowMs - (this.#deaths[0] ?? nowMs) > deathWindowMs;
  }

  /** Goes on in another thread; without its tracks where they are to be given up. */
  move(thread: AudioThread, withTracks: boolean, error: TrackError): void {
    this.#thread = thread;
    this.#send({ type: "add", player: this.id });
    for (const deck of [...this.#decks.values()]) {
      const { generation } = deck;
      if (!withTracks) deck.ended(null);
      deck.restore();
      if (withTracks || generation === null) continue;
      this.#events.exception(deck.name, generation, error);
      this.#events.ended(deck.name, generation, "LOAD_FAILED", null);
    }
    if (this.#mixer) this.requestSource(true);
    if (this.#radio || this.#listener) this.#sendDrive();
    if (this.#voice) this.join(this.#voice);
  }

  /** Hands a report on. */
  take(report: Report): void {
    switch (report.type) {
      case "ended":
        // A command that was under way has already put something else on.
        if (this.#decks.get(report.deck)?.generation !== report.generation) break;
        this.#decks.get(report.deck)?.ended(report.next);
        this.#events.ended(report.deck, report.generation, report.reason, report.next);
        break;
      case "exception":
        this.#events.exception(report.deck, report.generation, unpackError(report.error));
        break;
      case "stuck":
        this.#events.stuck(report.generation);
        break;
      case "source":
        this.#events.sourceChanged(report.mixer);
        break;
      case "voice-closed":
        this.#voice = null;
        this.#events.voiceClosed(report.code, report.reason, report.byRemote);
        break;
      case "deck-removed":
        this.#events.deckRemoved(report.deck, report.stamp);
        break;
      default:
    }
  }

  #sendDrive(): void {
    const listening = this.#listener !== null;
    this.#send({ type: "drive", player: this.id, radio: this.#radio, listening });
  }

  #send(command: Command): void {
    this.#thread.send(command);
  }
}
