import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { MediaStream, OpusLibrary } from "@asterite/audio/media";
import { OpusEncoder, openMedia } from "@asterite/audio/media";
import { Dialler } from "../bytes/dialler.ts";
import type { MediaLocation } from "../bytes/media-location.ts";
import { openBytes } from "../bytes/open-bytes.ts";
import { VoiceConnection } from "../voice/voice-connection.ts";
import type { VoiceServer } from "../voice/voice-server.ts";
import { Desk } from "./player-mixer.ts";
import { silencePacket } from "./frame.ts";
import { FrameClock } from "./frame-clock.ts";
import type { Command, DeckName, Report, WorkerLoad } from "./messages.ts";
import { packError, unpackError } from "./serialized-error.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** Ticks between two reports about the load: a second. */
const loadTicks = 50;
/** ms before the next tick in which no frame is made any more. */
const spareMs = 2;

interface Seat {
  readonly id: number;
  readonly desk: Desk;
  voice: VoiceConnection | null;
  radio: boolean;
  listening: boolean;
}

type Tell = (report: Report, transfer?: ArrayBuffer[]) => void;

/** The audio of the players of one thread: a clock, and a desk for each of them. */
export class AudioRoom {
  readonly #settings: WorkerSettings;
  readonly #opus: OpusLibrary;
  readonly #tell: Tell;
  readonly #dialler: Dialler;
  readonly #seats = new Map<number, Seat>();
  readonly #driven = new Set<Seat>();
  readonly #clock = new FrameClock(() => this.#tick());
  readonly #located = new Map<number, PromiseWithResolvers<MediaLocation>>();
  #lastRequest = 0;
  #ticksToLoad = loadTicks;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  /** Who is first when there is no time to make frames for all. */
  #order: Seat[] = [];
  #first = 0;

  constructor(settings: WorkerSettings, opus: OpusLibrary, tell: Tell) {
    this.#settings = settings;
    this.#opus = opus;
    this.#tell = tell;
    this.#dialler = new Dialler({ allowPrivateAddresses: settings.bytes.allowPrivateAddresses });
  }

  /** How many tracks wait to be told where they are. */
  get locating(): number {
    return this.#located.size;
  }

  /** Carries a command out. */
  command(command: Command): void {
    if (command.type === "located") {
      this.#answer(command.request)?.resolve(command.location);
      return;
    }
    if (command.type === "not-located") {
      this.#answer(command.request)?.reject(unpackError(command.error));
      return;
    }
    if (command.type === "add") {
      this.#add(command.player);
      return;
    }
    const seat = this.#seats.get(command.player);
    if (!seat) return;
    if (command.type === "remove") {
      this.#remove(seat);
      return;
    }
    if (command.type === "source") {
      seat.desk.requestSource(command.mixer);
      return;
    }
    if (command.type === "voice") {
      this.#join(seat, command.server);
    } else if (command.type === "drive") {
      seat.radio = command.radio;
      seat.listening = command.listening;
      this.#drive(seat);
    } else {
      seat.desk.command(command);
    }
  }

  #answer(request: number): PromiseWithResolvers<MediaLocation> | undefined {
    const waiting = this.#located.get(request);
    this.#located.delete(request);
    return waiting;
  }

  #add(player: number): void {
    const { stuckThresholdMs, opus } = this.#settings;
    const desk = new Desk(stuckThresholdMs, this.#opus, {
      open: (deck, generation, signal) => this.#open(player, deck, generation, signal),
      encoder: () => new OpusEncoder(this.#opus, opus),
      ended: (deck, generation, reason, next) =>
        this.#tell({ type: "ended", player, deck, generation, reason, next }),
      exception: (deck, generation, error) =>
        this.#tell({ type: "exception", player, deck, generation, error: packError(error) }),
      stuck: (generation) => this.#tell({ type: "stuck", player, generation }),
      sourceChanged: (mixer) => this.#tell({ type: "source", player, mixer }),
      deckRemoved: (deck, stamp) => this.#tell({ type: "deck-removed", player, deck, stamp }),
    });
    this.#seats.set(player, { id: player, desk, voice: null, radio: false, listening: false });
  }

  #remove(seat: Seat): void {
    Object.assign(seat, { radio: false, listening: false });
    seat.voice?.close();
    this.#drive(seat);
    this.#seats.delete(seat.id);
    seat.desk.close();
  }

  #join(seat: Seat, server: VoiceServer): void {
    const { voice: limits, voiceAuthority: certificateAuthority } = this.#settings;
    const services = { dialler: this.#dialler, limits, certificateAuthority };
    seat.voice ??= new VoiceConnection(services, {
      changed: () => this.#drive(seat),
      closed: (code, reason, byRemote) =>
        this.#tell({ type: "voice-closed", player: seat.id, code, reason, byRemote }),
    });
    seat.voice.update(server);
  }

  /** Frames are asked for where somebody hears them, or somebody could at any time. */
  #drive(seat: Seat): void {
    if (seat.radio || seat.listening || seat.voice?.ready) this.#driven.add(seat);
    else this.#driven.delete(seat);
    this.#order = [...this.#driven];
    if (this.#driven.size > 0) {
      this.#clock.start();
    } else if (this.#clock.running) {
      this.#clock.stop();
      // Without ticks nobody would hear that the last call has ended.
      this.#tellLoad();
    }
  }

  async #open(player: number, deck: DeckName, generation: number, signal: AbortSignal): Promise<MediaStream> {
    const locate = (): Promise<MediaLocation> => {
      signal.throwIfAborted();
      const request = ++this.#lastRequest;
      const waiting = Promise.withResolvers<MediaLocation>();
      this.#located.set(request, waiting);
      // For a track that was taken off, of a player that is gone perhaps, no answer comes.
      const giveUp = (): void => this.#answer(request)?.reject(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#tell({ type: "locate", request, player, deck, generation });
      return waiting.promise.finally(() => signal.removeEventListener("abort", giveUp));
    };
    const bytes = await openBytes(await locate(), {
      ...this.#settings.bytes,
      ...{ dialler: this.#dialler, signal, relocate: locate },
    });
    return openMedia(bytes);
  }

  #tick(): void {
    const players: number[] = [];
    const packets: Uint8Array[] = [];
    for (const seat of this.#driven) {
      if (!seat.radio && !seat.listening && seat.voice?.hold()) continue;
      const packet = seat.desk.take();
      seat.voice?.tick(packet);
      if (!seat.listening) continue;
      players.push(seat.id);
      // Whoever listens must not be left without bytes, or the stream would end for them.
      packets.push(packet ?? silencePacket);
    }
    if (packets.length > 0) this.#sendFrames(players, packets);
    this.#prepare();
    if (--this.#ticksToLoad === 0) this.#tellLoad();
  }

  #sendFrames(players: readonly number[], packets: readonly Uint8Array[]): void {
    const lengths = packets.map(({ length }) => length);
    const joined = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let offset = 0;
    for (const packet of packets) {
      joined.set(packet, offset);
      offset += packet.length;
    }
    this.#tell({ type: "frames", players, lengths, packets: joined }, [joined.buffer]);
  }

  /** Frames that are due are sent before any is made, and none is made when the next ones are due. */
  #prepare(): void {
    const { length } = this.#order;
    const untilMs = this.#clock.dueMs - spareMs;
    for (let count = 0; count < length; count++) {
      const seat = this.#order[(this.#first + count) % length];
      while (seat?.desk.prepare()) {}
      if (performance.now() < untilMs) continue;
      this.#first = (this.#first + count + 1) % length;
      return;
    }
  }

  #tellLoad(): void {
    this.#ticksToLoad = loadTicks;
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before);
    // What is told last holds until there are ticks again.
    const busy = this.#driven.size > 0 ? utilization : 0;
    const load = { busy, driven: this.#driven.size, ...this.#countVoices(), ...this.#clock.counts };
    this.#tell({ type: "load", load });
  }

  #countVoices(): Pick<WorkerLoad, "voices" | "endToEnd" | "packets"> {
    let [voices, endToEnd, sent, failed, heldBack] = [0, 0, 0, 0, 0];
    for (const { voice } of this.#seats.values()) {
      if (!voice) continue;
      const { counts } = voice;
      if (voice.ready) voices++;
      if (voice.endToEnd) endToEnd++;
      sent += counts.sent;
      failed += counts.failed;
      heldBack += counts.heldBack;
    }
    return { voices, endToEnd, packets: { sent, failed, heldBack } };
  }
}
