import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { PacketReader, PcmEncoding } from "../packet-reader.ts";
import { FixedBlockReader } from "../pcm/fixed-block-reader.ts";
import { pcmCoding } from "../pcm/pcm-coding.ts";
import { noTags } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";

/** Encodings by their number. */
const encodings: Readonly<Record<number, PcmEncoding>> = {
  1: "ulaw",
  2: "s8",
  3: "s16be",
  4: "s24be",
  5: "s32be",
  6: "f32be",
  7: "f64be",
  27: "alaw",
};

/** Length value of a writer that could not seek. */
const noLength = 0xffff_ffff;

/**
 * Opens the samples of a Sun AU file; returns undefined if the header is damaged.
 *
 * @throws TrackError if the samples have an encoding that is not supported.
 */
export async function openAu(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  const header = Buffer.from(await window.at(0, 24));
  if (header.length < 24) return undefined;
  const [at, declared, number] = [header.readUInt32BE(4), header.readUInt32BE(8), header.readUInt32BE(12)];
  const encoding = encodings[number];
  if (!encoding) throw new TrackError(`The AU encoding ${number} is not supported.`, "COMMON");
  const coding = pcmCoding(encoding, header.readUInt32BE(16), header.readUInt32BE(20), limits);
  const bytes = declared === noLength || declared === 0 ? Number.POSITIVE_INFINITY : declared;
  return coding && at >= 24 && bytes > 0
    ? new FixedBlockReader(window, "au", coding, { at, bytes }, noTags)
    : undefined;
}
