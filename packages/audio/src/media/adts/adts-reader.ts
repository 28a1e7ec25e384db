import { aacFormat } from "../aac/aac-config.ts";
import { AacFrameReader, type AacFraming, type AacOrigin } from "../aac/aac-frame-reader.ts";
import { aacLayout, readAacLayout } from "../aac/aac-layout.ts";
import { BitReader } from "../bit-reader.ts";
import { findFrame } from "../frames/frame-walker.ts";
import type { PacketReader } from "../packet-reader.ts";
import { TrackError } from "../track-error.ts";
import { type AdtsHeader, adtsSyntax } from "./frame-header.ts";

/** Names of the profiles by number. */
const profiles: readonly string[] = ["Main", "LC", "SSR", "LTP"];
/** Element of a packet that holds the layout of the channels. */
const layoutElement = 5;

const framing: AacFraming<AdtsHeader> = {
  container: "adts",
  syntax: adtsSyntax,
  // The format is undefined if the packet lacks the layout that the header refers to.
  formatOf: ({ rateIndex, channelConfiguration, dataAt }, frame) => {
    const layout =
      channelConfiguration > 0 ? aacLayout(channelConfiguration) : readFirstLayout(frame.subarray(dataAt));
    return layout && aacFormat({ rateIndex, ...layout });
  },
  packetsOf: ({ dataAt }, frame) => [frame.subarray(dataAt)],
};

function readFirstLayout(packet: Uint8Array) {
  const reader = new BitReader();
  reader.load(packet);
  return reader.read(3) === layoutElement ? readAacLayout(reader) : undefined;
}

/**
 * Opens AAC frames with ADTS headers; returns undefined if there are none.
 *
 * @param at - Position after the tags.
 * @throws TrackError if the profile is not that of low complexity.
 */
export async function openAdts(origin: AacOrigin, at: number): Promise<PacketReader | undefined> {
  const { window, limits } = origin;
  const first = await findFrame(window, at, adtsSyntax, limits);
  const frame = first && (await window.at(first.at, first.header.bytes));
  const format = frame && framing.formatOf(first.header, frame);
  if (!format) return undefined;
  const profile = profiles[first.header.profile];
  if (profile !== "LC") throw new TrackError(`AAC of the profile ${profile} is not supported.`, "COMMON");
  return await AacFrameReader.open(origin, framing, first, format);
}
