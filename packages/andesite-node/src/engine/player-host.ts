import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { OpusLibrary } from "@asterite/audio/media";
import { Dialler } from "../bytes/dialler.ts";
import { ReadAheadBudget } from "../bytes/read-ahead.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { VoiceDependencies } from "../voice/voice-connection.ts";
import { silencePacket } from "./frame.ts";
import { FrameClock } from "./frame-clock.ts";
import type { HostServices } from "./host-services.ts";
import { HostedPlayer } from "./hosted-player.ts";
import type { Command, SendReport, WorkerLoad } from "./messages.ts";
import { TrackOpener } from "./track-opener.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** Ticks between two load reports: 1 s. */
const loadTicks = 50;
/** Time before the next tick, in ms, that is kept free: no frame is prepared in it. */
const spareMs = 2;

/** Hosts the audio of players in a worker thread: executes commands, and ticks active players every 20 ms. */
export class PlayerHost {
  readonly #report: SendReport;
  readonly #opener: TrackOpener;
  readonly #services: HostServices;
  readonly #voiceServices: VoiceDependencies;
  readonly #players = new Map<number, HostedPlayer>();
  readonly #active = new Set<HostedPlayer>();
  readonly #time: Clock;
  readonly #clock: FrameClock;
  #ticksToLoad = loadTicks;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  /** The active players as an array, for the round-robin of {@link #prepareFrames}. */
  #order: HostedPlayer[] = [];
  /**
   * Index in {@link #order} to start at, so that an overloaded tick does not always starve the same players.
   */
  #first = 0;

  /**
   * @param readAhead - Budget of all threads. Default: one of its own.
   * @param clock - Clock of the ticks. Default: the system's.
   */
  constructor(
    settings: WorkerSettings,
    opus: OpusLibrary,
    report: SendReport,
    readAhead = new ReadAheadBudget(ReadAheadBudget.createMemory(1), 0),
    clock = systemClock,
  ) {
    this.#time = clock;
    this.#clock = new FrameClock(() => this.#tick(), clock);
    const dialler = new Dialler({ allowPrivateAddresses: settings.bytes.allowPrivateAddresses });
    this.#report = report;
    this.#opener = new TrackOpener(settings.bytes, dialler, readAhead, report);
    this.#services = { settings, opus, opener: this.#opener, report };
    this.#voiceServices = {
      dialler,
      limits: settings.voice,
      certificateAuthority: settings.voiceAuthority,
    };
  }

  /** Number of tracks whose location was requested and not yet received. */
  get pendingLocations(): number {
    return this.#opener.pendingRequests;
  }

  /** Executes a command. Commands to a player that was removed are ignored. */
  execute(command: Command): void {
    switch (command.type) {
      case "located":
        this.#opener.resolve(command.request, command.location);
        return;
      case "locate-failed":
        this.#opener.reject(command.request, command.error);
        return;
      case "add":
        this.#add(command.player);
        return;
      default:
    }
    const player = this.#players.get(command.player);
    if (!player) return;
    switch (command.type) {
      case "remove":
        player.close();
        this.#players.delete(player.id);
        break;
      case "source":
        player.mixer.requestSource(command.mixer);
        break;
      case "layers":
        player.mixer.setLayers(command.enabled);
        break;
      case "voice":
        player.join(command.server);
        break;
      case "outputs":
        player.setOutputs(command.radio, command.hasListeners);
        break;
      default:
        player.mixer.execute(command);
    }
  }

  #add(id: number): void {
    const player = new HostedPlayer(id, this.#services, this.#voiceServices, (changed) =>
      this.#updateActive(changed),
    );
    this.#players.set(id, player);
  }

  /** Ticks a player while it is active, and stops the clock when none is. */
  #updateActive(player: HostedPlayer): void {
    if (player.isActive) this.#active.add(player);
    else this.#active.delete(player);
    this.#order = [...this.#active];
    if (this.#active.size > 0) {
      this.#clock.start();
    } else if (this.#clock.isRunning) {
      this.#clock.stop();
      // Load is reported from ticks; without this the last report would count the call that has just ended.
      this.#reportLoad();
    }
  }

  #tick(): void {
    const players: number[] = [];
    const packets: Uint8Array[] = [];
    for (const player of this.#active) {
      const packet = player.tick();
      if (!player.hasListeners) continue;
      players.push(player.id);
      // A listener gets silence instead of a gap, because its stream would end without bytes.
      packets.push(packet ?? silencePacket);
    }
    if (packets.length > 0) this.#sendFrames(players, packets);
    this.#prepareFrames();
    if (--this.#ticksToLoad === 0) this.#reportLoad();
  }

  #sendFrames(players: readonly number[], packets: readonly Uint8Array[]): void {
    const lengths = packets.map(({ length }) => length);
    const joined = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let offset = 0;
    for (const packet of packets) {
      joined.set(packet, offset);
      offset += packet.length;
    }
    this.#report({ type: "frames", players, lengths, packets: joined }, [joined.buffer]);
  }

  /** Prepares the next frames, after those that are due were sent, until shortly before the next tick. */
  #prepareFrames(): void {
    const { length } = this.#order;
    const untilMs = this.#clock.dueMs - spareMs;
    for (let count = 0; count < length; count++) {
      const player = this.#order[(this.#first + count) % length];
      while (player?.mixer.prepareFrame()) {}
      if (this.#time.now() < untilMs) continue;
      this.#first = (this.#first + count + 1) % length;
      return;
    }
  }

  #reportLoad(): void {
    this.#ticksToLoad = loadTicks;
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before);
    // The last report before the clock stops stays valid until it runs again, so its thread must count as
    // idle.
    const busy = this.#active.size > 0 ? utilization : 0;
    const load = { busy, active: this.#active.size, ...this.#countVoices(), ...this.#clock.counts };
    this.#report({ type: "load", load });
  }

  #countVoices(): Pick<WorkerLoad, "voices" | "endToEnd" | "packets"> {
    let [voices, endToEnd, sent, failed, heldBack] = [0, 0, 0, 0, 0];
    for (const { voice } of this.#players.values()) {
      if (!voice) continue;
      const { counts } = voice;
      if (voice.isReady) voices++;
      if (voice.isEndToEndEncrypted) endToEnd++;
      sent += counts.sent;
      failed += counts.failed;
      heldBack += counts.heldBack;
    }
    return { voices, endToEnd, packets: { sent, failed, heldBack } };
  }
}
