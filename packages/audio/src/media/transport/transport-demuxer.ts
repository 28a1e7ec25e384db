import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { type PacketLayout, packetBytes, transportSync } from "./packet-layout.ts";
import { PesParser, type PesPart } from "./pes.ts";
import { SectionAssembler } from "./section.ts";
import { type AudioStream, readAssociation, readProgramMap } from "./tables.ts";

/** Part of the audio stream. */
export interface AudioPart extends PesPart {
  /** Position of the transport packet. */
  readonly at: number;
}

const associationPid = 0;
/** Programs whose maps are read. */
const maxPrograms = 64;
const resyncBytes = 4_096;
/** Scrambled packets in a row from which on the audio is encrypted, and not damaged. */
const maxScrambled = 32;

/** The framing of AAC is decided by its bytes. */
const isMpeg = ({ codec }: AudioStream): boolean => codec === "mp3";

/** Extracts the first supported audio stream of an MPEG transport stream (ISO/IEC 13818-1). */
export class TransportDemuxer {
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #layout: PacketLayout;
  readonly #association = new SectionAssembler();
  /** Program maps by PID. */
  readonly #maps = new Map<number, SectionAssembler>();
  /** PIDs of program maps without supported audio. */
  readonly #silent = new Set<number>();
  /** PID of the program map that names the audio stream. */
  #mapPid: number | undefined;
  #refused: string | undefined;
  #audio: AudioStream | undefined;
  #pes = new PesParser();
  #at: number;
  #scrambled = 0;
  #last: { readonly counter: number; readonly payload: Uint8Array } | undefined;

  /** @param audio - The audio stream, if it is already known. */
  constructor(
    window: ByteWindow,
    limits: MediaLimits,
    layout: PacketLayout,
    at = 0,
    audio: AudioStream | undefined = undefined,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#layout = layout;
    this.#at = at;
    this.#audio = audio;
  }

  /** The audio stream; undefined before its program map. */
  get audio(): AudioStream | undefined {
    return this.#audio;
  }

  /**
   * Returns the next part of the audio stream; undefined at the end.
   *
   * @throws TrackError if the stream contains no supported audio.
   */
  async next(): Promise<AudioPart | undefined> {
    for (;;) {
      const at = this.#at;
      const { bytes, offset } = this.#layout;
      const packet = this.#window.peek(at, bytes) ?? (await this.#window.at(at, bytes));
      if (packet.length < offset + packetBytes) return undefined;
      if (packet[offset] !== transportSync) {
        if (!(await this.#resync())) return undefined;
        continue;
      }
      this.#at = at + bytes;
      const part = this.#read(packet.subarray(offset, offset + packetBytes));
      if (part && part.data.length > 0) return { ...part, at };
    }
  }

  /** Moves to the next packet that is followed by another. Returns false at the end. */
  async #resync(): Promise<boolean> {
    const { bytes, offset } = this.#layout;
    for (const until = this.#at + this.#limits.maxDamageBytes; this.#at < until; ) {
      const found = await this.#window.at(this.#at + 1, resyncBytes);
      const last = found.length - bytes - offset;
      for (let place = 0; place < last; place++) {
        if (found[place + offset] !== transportSync || found[place + offset + bytes] !== transportSync)
          continue;
        this.#at += 1 + place;
        return true;
      }
      if (found.length < resyncBytes) return false;
      this.#at += last;
    }
    throw new TrackError("The file is damaged.", "COMMON");
  }

  #read(packet: Uint8Array): PesPart | undefined {
    const [, first = 0, second = 0, third = 0, adaptationBytes = 0] = packet;
    const isDamaged = (first & 0x80) !== 0;
    const hasPayload = (third & 0x10) !== 0;
    if (isDamaged || !hasPayload) return undefined;
    const isUnitStart = (first & 0x40) !== 0;
    const pid = ((first & 0x1f) << 8) | second;
    const payload = packet.subarray(4 + (third & 0x20 ? 1 + adaptationBytes : 0));
    if (pid === associationPid) this.#readAssociation(payload, isUnitStart);
    else if (this.#maps.has(pid)) this.#readMap(pid, payload, isUnitStart);
    else if (pid === this.#audio?.pid && !this.#isScrambled(third) && !this.#isRepeated(third, payload))
      return this.#pes.read(payload, isUnitStart);
    return undefined;
  }

  #readAssociation(payload: Uint8Array, isUnitStart: boolean): void {
    const section = this.#association.add(payload, isUnitStart);
    for (const pid of section ? readAssociation(section).slice(0, maxPrograms) : []) {
      if (this.#maps.size < maxPrograms && !this.#maps.has(pid)) this.#maps.set(pid, new SectionAssembler());
    }
  }

  #readMap(pid: number, payload: Uint8Array, isUnitStart: boolean): void {
    const section = this.#maps.get(pid)?.add(payload, isUnitStart);
    const map = section && readProgramMap(section);
    // The audio stays in its program, whose map may move it to another PID.
    if (!map || (this.#mapPid !== undefined && this.#mapPid !== pid)) return;
    const { audio, refused } = map;
    if (audio) {
      if (audio.pid === this.#audio?.pid || (this.#audio && isMpeg(audio) !== isMpeg(this.#audio))) return;
      this.#mapPid = pid;
      this.#audio = audio;
      this.#pes = new PesParser();
    } else if (!this.#audio) {
      this.#silent.add(pid);
      this.#refused ??= refused;
      if (this.#silent.size < this.#maps.size) return;
      throw new TrackError(
        this.#refused
          ? `The audio codec ${this.#refused} is not supported.`
          : "The transport stream contains no audio.",
        "COMMON",
      );
    }
  }

  #isScrambled(third: number): boolean {
    this.#scrambled = third & 0xc0 ? this.#scrambled + 1 : 0;
    if (this.#scrambled >= maxScrambled) throw new TrackError("The transport stream is encrypted.", "COMMON");
    return this.#scrambled > 0;
  }

  /** A packet may be sent twice (2.4.3.3). */
  #isRepeated(third: number, payload: Uint8Array): boolean {
    const counter = third & 15;
    const isRepeated = this.#last?.counter === counter && Buffer.compare(this.#last.payload, payload) === 0;
    this.#last = { counter, payload };
    return isRepeated;
  }
}
