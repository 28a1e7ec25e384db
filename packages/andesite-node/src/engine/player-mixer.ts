import { addToMix, type LimiterOptions } from "@asterite/audio/dsp";
import { OpusEncoder } from "@asterite/audio/media";
import { Deck } from "./deck.ts";
import { frameChannels, frameSamples } from "./frame.ts";
import type { HostServices } from "./host-services.ts";
import type { DeckCommand, DeckName } from "./messages.ts";
import { MixLimiter } from "./mix-limiter.ts";

/** Frames that are prepared before they are due. */
const framesAhead = 2;
/** Ticks without a track and without a frame after which a mixer player is removed: 5 s. */
const maxIdleTicks = 250;

/** A deck that contributed to a frame, and its revision at that time. */
interface Share {
  readonly deck: Deck;
  readonly revision: number;
}

interface Frame {
  readonly packet: Uint8Array;
  readonly shares: readonly Share[];
}

/** Returns the options with the lowest ceiling; undefined if no deck has a limiter. */
function lowestLimit(decks: readonly Deck[]): LimiterOptions | undefined {
  const limits = decks.flatMap(({ limit }) => limit ?? []);
  return limits.reduce<LimiterOptions | undefined>(
    (lowest, limit) => (lowest && (lowest.ceilingDb ?? 0) <= (limit.ceilingDb ?? 0) ? lowest : limit),
    undefined,
  );
}

// A thread makes one frame at a time, so all mixers share these buffers.
const mixed = new Int16Array(frameSamples * frameChannels);
const part = new Int16Array(frameSamples * frameChannels);

/**
 * All decks of a player. The frames come from the single player, with the mixer players over it if they are layers, or from
 * the mixer players mixed together.
 */
export class PlayerMixer {
  readonly #player: number;
  readonly #services: HostServices;
  readonly #decks = new Map<DeckName, Deck>();
  readonly #idleTicks = new Map<Deck, number>();
  #frames: Frame[] = [];
  /** Created for the first frame that is not passed through. */
  #encoder: OpusEncoder | undefined;
  /** Limiter of a mix, and the decks that contributed to the frame that it holds. */
  #limited: { readonly limiter: MixLimiter; shares: readonly Share[] } | undefined;
  #isMixing = false;
  #isMixerRequested = false;
  #hasLayers = false;

  constructor(player: number, services: HostServices) {
    this.#player = player;
    this.#services = services;
  }

  /** Executes a command to one of the decks. */
  execute(command: DeckCommand): void {
    const deck = this.#decks.get(command.deck);
    switch (command.type) {
      case "configure": {
        const { player, deck: name, stats, settings, revision } = command;
        if (deck) deck.configure(settings, revision);
        else
          this.#decks.set(name, new Deck({ player, deck: name }, stats, settings, revision, this.#services));
        break;
      }
      case "play":
        deck?.play(command.command, command.revision);
        break;
      case "stop":
        deck?.stop(command.revision);
        this.#discardFrames(deck);
        break;
      case "seek":
        deck?.seek(command.positionMs, command.revision);
        this.#discardFrames(deck);
        break;
      case "end-marker":
        deck?.setEndMarker(command.endMs);
        break;
      case "unqueue":
        deck?.unqueue();
        break;
      default:
    }
  }

  /** Switches to the mixer or to the single player as soon as that can make a frame. */
  requestSource(mixer: boolean): void {
    this.#isMixerRequested = mixer;
  }

  /** Whether the mixer players are heard over the single player while it plays. */
  setLayers(enabled: boolean): void {
    this.#hasLayers = enabled;
  }

  /** Returns the frame of this tick; `null` if there is none. */
  pullFrame(): Uint8Array | null {
    for (const deck of this.#decks.values()) deck.countRequested();
    this.#switchSource();
    const frame = this.#frames.shift() ?? this.#makeFrame();
    for (const deck of this.#audibleDecks)
      if (!frame?.shares.some((share) => share.deck === deck)) deck.countMissed();
    if (this.#isMixing || this.#hasLayers) this.#removeIdle(frame);
    if (!frame) return null;
    for (const { deck, revision } of frame.shares) deck.countDelivered(revision);
    return frame.packet;
  }

  /** Makes a frame in advance. Returns false if there are enough, or no deck has audio. */
  prepareFrame(): boolean {
    if (this.#frames.length >= framesAhead) return false;
    const frame = this.#makeFrame();
    if (!frame) return false;
    this.#frames.push(frame);
    return true;
  }

  /** Closes the decks and frees the encoder. */
  close(): void {
    for (const deck of this.#decks.values()) deck.close();
    this.#decks.clear();
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#frames = [];
  }

  get #audibleDecks(): Iterable<Deck> {
    if (this.#isMixing) return this.#mixerDecks();
    const single = this.#decks.get(null);
    return single ? [single] : [];
  }

  *#mixerDecks(): Iterable<Deck> {
    for (const [name, deck] of this.#decks) if (name !== null) yield deck;
  }

  /** Discards the prepared frames of the single player, whose audio is from before a stop or seek. */
  #discardFrames(deck: Deck | undefined): void {
    // The mixer's frames also contain other decks; 40 ms of the old audio are accepted there.
    if (!deck || deck.name !== null || this.#isMixing) return;
    const held = this.#limited ? [this.#limited] : [];
    for (const { shares } of [...this.#frames, ...held])
      for (const share of shares) share.deck.discardFrame();
    this.#frames = [];
    this.#limited = undefined;
  }

  #switchSource(): void {
    if (this.#isMixing === this.#isMixerRequested) return;
    const isReady = this.#isMixerRequested
      ? [...this.#mixerDecks()].some((deck) => deck.isReady)
      : this.#decks.get(null)?.isReady === true;
    if (!isReady) return;
    this.#isMixing = this.#isMixerRequested;
    this.#services.report({ type: "source", player: this.#player, mixer: this.#isMixing });
  }

  #makeFrame(): Frame | null {
    if (this.#isMixing) return this.#makeMix([...this.#mixerDecks()]);
    const single = this.#decks.get(null);
    if (!single?.isPlaying) return this.#flushLimiter();
    const layers = this.#hasLayers ? [...this.#mixerDecks()].filter(({ isPlaying }) => isPlaying) : [];
    return layers.length === 0
      ? (this.#flushLimiter() ?? this.#makeSingleFrame(single))
      : this.#makeMix([single, ...layers], single);
  }

  /** Makes a frame of several decks, through one limiter if one of them has a limiter. */
  #makeMix(decks: readonly Deck[], leader?: Deck): Frame | null {
    const limit = decks.length > 1 ? lowestLimit(decks) : undefined;
    if (!limit) return this.#flushLimiter() ?? this.#encodeMix(this.#mix(decks, leader));
    this.#limited?.limiter.configure(limit);
    for (;;) {
      const shares = this.#mix(decks, leader);
      // At the end, or when a deck has no audio yet: what is held goes out first.
      if (!shares) return this.#flushLimiter();
      const limited = this.#limited ?? { limiter: new MixLimiter(limit), shares };
      this.#limited = limited;
      const ready = limited.shares;
      const hasFrame = limited.limiter.exchange(mixed);
      limited.shares = shares;
      if (hasFrame) return this.#encodeMix(ready);
    }
  }

  /** Returns the frame that the limiter holds, and removes the limiter. */
  #flushLimiter(): Frame | null {
    if (!this.#limited) return null;
    const { limiter, shares } = this.#limited;
    this.#limited = undefined;
    limiter.flush(mixed);
    return this.#encodeMix(shares);
  }

  #encodeMix(shares: readonly Share[] | null): Frame | null {
    return shares && { packet: this.#encode(), shares };
  }

  #makeSingleFrame(deck: Deck): Frame | null {
    const packet = deck.pullPacket();
    const shares = [{ deck, revision: deck.revision }];
    if (packet) return { packet, shares };
    return deck.pullSamples(mixed) ? { packet: this.#encode(), shares } : null;
  }

  /**
   * Mixes a frame of samples. Returns the decks that contributed; null if none did.
   *
   * @param leader - First deck, without whose audio there is no frame.
   */
  #mix(decks: readonly Deck[], leader?: Deck): Share[] | null {
    const shares: Share[] = [];
    for (const deck of decks) {
      if (!deck.pullSamples(part)) {
        if (deck === leader) return null;
        continue;
      }
      if (shares.length === 0) mixed.set(part);
      else addToMix(mixed, part, part.length);
      shares.push({ deck, revision: deck.revision });
    }
    return shares.length > 0 ? shares : null;
  }

  #encode(): Uint8Array {
    this.#encoder ??= new OpusEncoder(this.#services.opus, this.#services.settings.opus);
    return this.#encoder.encode(mixed);
  }

  #removeIdle(frame: Frame | null): void {
    for (const deck of this.#mixerDecks()) {
      const isBusy = deck.isLoaded || frame?.shares.some((share) => share.deck === deck);
      const ticks = isBusy ? 0 : (this.#idleTicks.get(deck) ?? 0) + 1;
      this.#idleTicks.set(deck, ticks);
      if (ticks <= maxIdleTicks || deck.name === null) continue;
      this.#idleTicks.delete(deck);
      this.#decks.delete(deck.name);
      deck.close();
      this.#services.report({
        type: "deck-removed",
        player: this.#player,
        deck: deck.name,
        revision: deck.revision,
      });
    }
  }
}
