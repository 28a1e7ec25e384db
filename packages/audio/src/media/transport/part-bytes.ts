import { bytesOfPieces, type LiveBytes } from "../byte-source.ts";
import type { AudioPart, TransportDemuxer } from "./transport-demuxer.ts";

/** Bytes of an elementary stream, with the time stamps of its PES packets. */
export class PartBytes {
  readonly bytes: LiveBytes;
  /** Time stamps by the position of their PES packet in the bytes. */
  readonly #stamps: { readonly at: number; readonly ticks: number }[] = [];
  #length = 0;

  /** @param part - A part that was already read. */
  constructor(demuxer: TransportDemuxer, part: AudioPart | undefined) {
    let pending = part;
    this.bytes = bytesOfPieces(async () => {
      const next = pending ?? (await demuxer.next());
      pending = undefined;
      if (next?.pts !== undefined) this.#stamps.push({ at: this.#length, ticks: next.pts });
      this.#length += next?.data.length ?? 0;
      return next?.data;
    });
  }

  /** Returns the time stamp of a frame, the first one that begins in its PES packet; undefined for others. */
  stampAt(at: number): number | undefined {
    return this.#stamps.findLast((stamp) => stamp.at <= at)?.ticks;
  }

  /** Returns the time stamp of a frame as {@link stampAt} does, and forgets those up to it. */
  takeStamp(at: number): number | undefined {
    const ticks = this.stampAt(at);
    while (this.#stamps[0] && this.#stamps[0].at <= at) this.#stamps.shift();
    return ticks;
  }
}
