import type { MpegHeader } from "./frame-header.ts";

/** What the first frame of an encoder tells about the others: the "Xing", "Info" or "VBRI" header. */
export interface InfoFrame {
  /** Whether all frames have one bitrate. */
  readonly constantBitrate: boolean;
  /** Number of frames of audio, this one not counted; null where it is not told. */
  readonly frames: number | null;
  /** Samples that the encoder put in front; null where it is not told. */
  readonly delay: number | null;
  /** Samples that the encoder put behind. */
  readonly padding: number;
  /** dB to the reference level of ReplayGain; null where it is not told. */
  readonly replayGainDb: number | null;
}

const flags = { frames: 1, bytes: 2, toc: 4, quality: 8 } as const;

/** The track gain of the LAME tag: name 1, originator, sign, tenths of dB. */
function readGain(bits: number): number | null {
  if (bits >> 13 !== 1 || ((bits >> 10) & 7) === 0) return null;
  const tenths = bits & 0x1ff;
  return (bits & 0x200 ? -tenths : tenths) / 10;
}

/** Reads the header that a frame holds instead of audio; undefined if it is an ordinary frame. */
export function readInfoFrame(frame: Uint8Array, header: MpegHeader): InfoFrame | undefined {
  const view = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const vbri = 36;
  if (view.length >= vbri + 18 && view.toString("latin1", vbri, vbri + 4) === "VBRI") {
    const frames = view.readUInt32BE(vbri + 14);
    return { constantBitrate: false, frames, delay: null, padding: 0, replayGainDb: null };
  }
  // Some encoders write it as if there were no checksum although the header announces one.
  const at = [header.mainDataAt, header.mainDataAt - 2].find((offset) =>
    ["Xing", "Info"].includes(view.toString("latin1", offset, offset + 4)),
  );
  if (at === undefined || view.length < at + 8) return undefined;
  const constantBitrate = view.toString("latin1", at, at + 4) === "Info";
  const has = view.readUInt32BE(at + 4);
  let next = at + 8;
  let frames: number | null = null;
  if (has & flags.frames && view.length >= next + 4) frames = view.readUInt32BE(next);
  next += (has & flags.frames ? 4 : 0) + (has & flags.bytes ? 4 : 0);
  next += (has & flags.toc ? 100 : 0) + (has & flags.quality ? 4 : 0);
  // The LAME extension: nine characters of name, then fields at fixed places.
  const named =
    view.length >= next + 24 && /^(?:LAME|Lavf|Lavc)/.test(view.toString("latin1", next, next + 4));
  if (!named) return { constantBitrate, frames, delay: null, padding: 0, replayGainDb: null };
  const delays = view.readUIntBE(next + 21, 3);
  return {
    ...{ constantBitrate, frames, delay: delays >> 12, padding: delays & 0xfff },
    replayGainDb: readGain(view.readUInt16BE(next + 15)),
  };
}
