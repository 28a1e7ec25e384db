import type { MpegHeader } from "./frame-header.ts";

/** Information frame of an encoder: the "Xing", "Info" or "VBRI" header. */
export interface InfoFrame {
  /** Whether the bit rate is constant. */
  readonly constantBitrate: boolean;
  /** Number of audio frames, without this one; null if unknown. */
  readonly frames: number | null;
  /** Length of the audio in bytes; null if unknown. */
  readonly bytes: number | null;
  /** Encoder delay in samples; null if unknown. */
  readonly delay: number | null;
  /** Encoder padding in samples. */
  readonly padding: number;
  /** Gain to the ReplayGain reference level in dB; null if unknown. */
  readonly replayGainDb: number | null;
}

const flags = { frames: 1, bytes: 2, toc: 4, quality: 8 } as const;

/** Reads the track gain of the LAME tag: name 1, originator, sign, tenths of dB. */
function readGain(bits: number): number | null {
  if (bits >> 13 !== 1 || ((bits >> 10) & 7) === 0) return null;
  const tenths = bits & 0x1ff;
  return (bits & 0x200 ? -tenths : tenths) / 10;
}

/** Reads the information that a frame contains instead of audio; returns undefined for an audio frame. */
export function readInfoFrame(frame: Uint8Array, header: MpegHeader): InfoFrame | undefined {
  const view = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const vbri = 36;
  if (view.length >= vbri + 18 && view.toString("latin1", vbri, vbri + 4) === "VBRI") {
    const frames = view.readUInt32BE(vbri + 14);
    const bytes = view.readUInt32BE(vbri + 10);
    return { constantBitrate: false, frames, bytes, delay: null, padding: 0, replayGainDb: null };
  }
  // Some encoders place it as if there were no checksum although the header announces one.
  const at = [header.mainDataAt, header.mainDataAt - 2].find((offset) =>
    ["Xing", "Info"].includes(view.toString("latin1", offset, offset + 4)),
  );
  if (at === undefined || view.length < at + 8) return undefined;
  const constantBitrate = view.toString("latin1", at, at + 4) === "Info";
  const has = view.readUInt32BE(at + 4);
  let next = at + 8;
  let frames: number | null = null;
  if (has & flags.frames && view.length >= next + 4) frames = view.readUInt32BE(next);
  next += has & flags.frames ? 4 : 0;
  let bytes: number | null = null;
  if (has & flags.bytes && view.length >= next + 4) bytes = view.readUInt32BE(next);
  next += has & flags.bytes ? 4 : 0;
  next += (has & flags.toc ? 100 : 0) + (has & flags.quality ? 4 : 0);
  // The LAME extension: nine characters of name, then fields at fixed offsets.
  const named =
    view.length >= next + 24 && /^(?:LAME|Lavf|Lavc)/.test(view.toString("latin1", next, next + 4));
  if (!named) return { constantBitrate, frames, bytes, delay: null, padding: 0, replayGainDb: null };
  const delays = view.readUIntBE(next + 21, 3);
  return {
    constantBitrate,
    frames,
    bytes,
    delay: delays >> 12,
    padding: delays & 0xfff,
    replayGainDb: readGain(view.readUInt16BE(next + 15)),
  };
}
