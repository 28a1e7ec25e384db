import { AacFrameReader, type AacFraming, type AacOrigin } from "../aac/aac-frame-reader.ts";
import { FrameWalker, findFrame } from "../frames/frame-walker.ts";
import { TrackError } from "../track-error.ts";
import { type LoasHeader, loasPackets, loasSyntax } from "./loas-frame.ts";

/** Consecutive frames of a configuration that cannot be played, after which it is no damage: about a second. */
const maxRefusedFrames = 50;

/** Returns the framing of one stream, which counts the frames that it cannot play. */
function createFraming(): AacFraming<LoasHeader> {
  let refused = 0;
  return {
    container: "latm",
    syntax: loasSyntax,
    formatOf: ({ mux }) => mux?.format,
    packetsOf: ({ mux, refusal }, frame) => {
      refused = refusal === undefined ? 0 : refused + 1;
      if (refusal !== undefined && refused > maxRefusedFrames) throw new TrackError(refusal, "COMMON");
      if (!mux) return [];
      return refusal === undefined
        ? loasPackets(frame, mux)
        : Array.from({ length: mux.subframes }, () => new Uint8Array(0));
    },
  };
}

/** Frames in LATM, and the number of those before the first configuration. */
export interface LoasStream {
  readonly reader: AacFrameReader<LoasHeader>;
  readonly skippedFrames: number;
}

/**
 * Opens AAC in LATM with LOAS headers from the first configuration on; returns undefined if there are no frames.
 *
 * @param at - Position after the tags.
 * @param before - Configuration of the stream, if it is known.
 * @throws TrackError if there is no configuration that can be played.
 */
export async function openLoas(
  origin: AacOrigin,
  at: number,
  before?: LoasHeader,
): Promise<LoasStream | undefined> {
  const { window, limits } = origin;
  const found = await findFrame(window, at, loasSyntax, limits);
  if (!found) return undefined;
  const walker = new FrameWalker(window, limits, loasSyntax, {
    at: found.at,
    header: before ?? found.header,
  });
  let refusal: string | undefined;
  for (let frame = await walker.next(); frame; frame = await walker.next()) {
    const { mux } = frame.header;
    refusal = frame.header.refusal;
    if (mux && refusal === undefined) {
      const reader = await AacFrameReader.open(origin, createFraming(), frame, mux.format);
      return { reader, skippedFrames: walker.count - 1 };
    }
    if (frame.at - found.at > limits.maxLeadBytes) break;
  }
  throw new TrackError(refusal ?? "The LATM stream has no configuration.", "COMMON");
}
