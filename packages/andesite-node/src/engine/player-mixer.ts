import { addToMix } from "@asterite/audio/dsp";
import type { OpusEncoder, OpusLibrary } from "@asterite/audio/media";
import { Deck, type DeckEvents } from "./deck.ts";
import { frameChannels, frameSamples } from "./frame.ts";
import type { Command, DeckName } from "./messages.ts";

/** Frames that are made before they are due. */
const framesAhead = 2;
/** Ticks without a track and without a frame after which a mixer player is removed: 5 s. */
const idleTicks = 250;

/** What a desk needs and tells. */
export interface DeskEvents extends DeckEvents {
  /** Makes the encoder, once there is something to encode. */
  encoder(): OpusEncoder;
  sourceChanged(mixer: boolean): void;
  deckRemoved(deck: string, stamp: number): void;
}

/** A deck that has a part in a frame, and the stamp that it had. */
interface Share {
  readonly deck: Deck;
  readonly stamp: number;
}

interface Frame {
  readonly packet: Uint8Array;
  readonly shares: readonly Share[];
}

// One thread makes one frame at a time, so all desks share what they mix in.
const mixed = new Int16Array(frameSamples * frameChannels);
const part = new Int16Array(frameSamples * frameChannels);

/** All decks of one player, of which either the single one or the mixed others are heard. */
export class Desk {
  readonly #stuckThresholdMs: number;
  readonly #opus: OpusLibrary;
  readonly #events: DeskEvents;
  readonly #decks = new Map<DeckName, Deck>();
  readonly #idle = new Map<Deck, number>();
  #frames: Frame[] = [];
  #encoder: OpusEncoder | null = null;
  #mixer = false;
  #mixerWanted = false;

  constructor(stuckThresholdMs: number, opus: OpusLibrary, events: DeskEvents) {
    this.#stuckThresholdMs = stuckThresholdMs;
    this.#opus = opus;
    this.#events = events;
  }

  /** Carries a command to one of the decks out. */
  command(command: Command & { readonly deck: DeckName }): void {
    const deck = this.#decks.get(command.deck);
    switch (command.type) {
      case "deck": {
        const { gauge, settings, stamp } = command;
        if (deck) {
          deck.configure(settings, stamp);
        } else {
          this.#decks.set(
            command.deck,
            new Deck(command.deck, gauge, settings, stamp, this.#stuckThresholdMs, this.#opus, this.#events),
          );
        }
        break;
      }
      case "play":
        deck?.play(command.order, command.stamp);
        break;
      case "stop":
        deck?.stop(command.stamp);
        this.#discard(deck);
        break;
      case "seek":
        deck?.seek(command.positionMs, command.stamp);
        this.#discard(deck);
        break;
      case "end":
        deck?.endAt(command.endMs);
        break;
      default:
    }
  }

  /** Asks for the mixer, or the single player, to be heard as soon as it has something to play. */
  requestSource(mixer: boolean): void {
    this.#mixerWanted = mixer;
  }

  /** Hands the frame of this tick out; null where there is none. */
  take(): Uint8Array | null {
    for (const deck of this.#decks.values()) deck.ask();
    this.#switchSource();
    const frame = this.#frames.shift() ?? this.#make();
    for (const deck of this.#audible) if (!frame?.shares.some((share) => share.deck === deck)) deck.miss();
    if (this.#mixer) this.#removeIdle(frame);
    if (!frame) return null;
    for (const { deck, stamp } of frame.shares) deck.handOut(stamp);
    return frame.packet;
  }

  /** Makes a frame in advance; false where there are enough, or there is nothing to make one of. */
  prepare(): boolean {
    if (this.#frames.length >= framesAhead) return false;
    const frame = this.#make();
    if (!frame) return false;
    this.#frames.push(frame);
    return true;
  }

  /** Lets go of everything. */
  close(): void {
    for (const deck of this.#decks.values()) deck.close();
    this.#decks.clear();
    this.#encoder?.close();
    this.#encoder = null;
    this.#frames = [];
  }

  get #audible(): Iterable<Deck> {
    if (this.#mixer) return this.#mixerDecks();
    const single = this.#decks.get(null);
    return single ? [single] : [];
  }

  *#mixerDecks(): Iterable<Deck> {
    for (const [name, deck] of this.#decks) if (name !== null) yield deck;
  }

  /** What was made of a deck before it was told something else is not to be heard any more. */
  #discard(deck: Deck | undefined): void {
    // Other decks have their part in frames of the mixer, which are but 40 ms.
    if (!deck || deck.name !== null || this.#mixer) return;
    for (const { shares } of this.#frames) for (const share of shares) share.deck.discard();
    this.#frames = [];
  }

  #switchSource(): void {
    if (this.#mixer === this.#mixerWanted) return;
    const ready = this.#mixerWanted
      ? [...this.#mixerDecks()].some((deck) => deck.ready)
      : this.#decks.get(null)?.ready === true;
    if (!ready) return;
    this.#mixer = this.#mixerWanted;
    this.#events.sourceChanged(this.#mixer);
  }

  #make(): Frame | null {
    return this.#mixer ? this.#makeMixed() : this.#makeSingle();
  }

  #makeSingle(): Frame | null {
    const deck = this.#decks.get(null);
    if (!deck?.playing) return null;
    const packet = deck.takePacket();
    const shares = [{ deck, stamp: deck.stamp }];
    if (packet) return { packet, shares };
    return deck.fill(mixed) ? { packet: this.#encode(), shares } : null;
  }

  #makeMixed(): Frame | null {
    const shares: Share[] = [];
    for (const deck of this.#mixerDecks()) {
      if (!deck.fill(part)) continue;
      if (shares.length === 0) mixed.set(part);
      else addToMix(mixed, part, part.length);
      shares.push({ deck, stamp: deck.stamp });
    }
    return shares.length > 0 ? { packet: this.#encode(), shares } : null;
  }

  #encode(): Uint8Array {
    this.#encoder ??= this.#events.encoder();
    return this.#encoder.encode(mixed);
  }

  #removeIdle(frame: Frame | null): void {
    for (const deck of this.#mixerDecks()) {
      const busy = deck.loaded || frame?.shares.some((share) => share.deck === deck);
      const ticks = busy ? 0 : (this.#idle.get(deck) ?? 0) + 1;
      this.#idle.set(deck, ticks);
      if (ticks <= idleTicks || deck.name === null) continue;
      this.#idle.delete(deck);
      this.#decks.delete(deck.name);
      deck.close();
      this.#events.deckRemoved(deck.name, deck.stamp);
    }
  }
}
