import { type ByteWindow, windowFrom } from "../byte-window.ts";
import { isId3Chunk, readChunkArtwork } from "../chunks/chunks.ts";
import type { MediaLimits } from "../media-limits.ts";
import { MpegReader } from "../mpeg/mpeg-reader.ts";
import { type PacketReader, withFacts } from "../packet-reader.ts";
import { type BlockCoding, FixedBlockReader } from "../pcm/fixed-block-reader.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readId3 } from "../tags/id3.ts";
import { mergeTags, noTags, type Tags } from "../tags/tags.ts";
import { tagsFromUndeclared } from "../tags/undeclared-fields.ts";
import { TrackError } from "../track-error.ts";
import { openChunks } from "./chunks.ts";
import { mpegTags, readWaveFormat } from "./wave-format.ts";

const infoNames: Readonly<Record<string, string>> = {
  INAM: "TITLE",
  IART: "ARTIST",
  IPRD: "ALBUM",
  ISRC: "ISRC",
  ITRK: "TRACKNUMBER",
  IPRT: "TRACKNUMBER",
};

/**
 * Opens the samples of a RIFF, RIFX, RF64 or W64 file; returns undefined if the file is not WAVE.
 *
 * @throws TrackError if the samples have an encoding that is not supported.
 */
export async function openWav(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  const chunks = await openChunks(window);
  if (!chunks) return undefined;
  const { big, each } = chunks;
  let coding: BlockCoding | number | undefined;
  let tags = noTags;
  let samples: number | undefined;
  let data: { readonly at: number; readonly bytes: number } | undefined;
  for await (const { name, at, bytes } of each) {
    const body = async () => Buffer.from(await window.at(at, Math.min(bytes, limits.maxTagBytes)));
    if (name === "fmt ") coding = readWaveFormat(await body(), big, limits);
    else if (name === "fact") samples = readFact(await body(), big);
    else if (name === "LIST") tags = mergeTags(tags, readInfo(await body(), big));
    else if (isId3Chunk(name)) tags = mergeTags((await readId3(window, at, limits))?.tags ?? noTags, tags);
    else if (name === "data") data = { at, bytes };
  }
  if (typeof coding === "number" && mpegTags.includes(coding) && data) {
    // Chunks that may follow contain no frames.
    const reader = await MpegReader.open(windowFrom(window, data.at), limits, 0, tags);
    return reader && withFacts(reader, { container: "wav" });
  }
  if (typeof coding === "number")
    throw new TrackError(`The WAVE encoding 0x${coding.toString(16)} is not supported.`, "COMMON");
  if (!coding || !data) return undefined;
  // The number of uncompressed samples follows from their bytes; some writers state it as zero or by channel.
  const span = { ...data, samples: coding.format.codec === "adpcm" ? samples : undefined };
  return new FixedBlockReader(window, "wav", coding, span, tags);
}

/** Reads the first picture of the file. */
export async function readWavArtwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  const chunks = await openChunks(window);
  return chunks && (await readChunkArtwork(chunks.each, window, limits));
}

const readFact = (body: Buffer, big: boolean): number | undefined =>
  (body.length < 4 ? 0 : big ? body.readUInt32BE(0) : body.readUInt32LE(0)) || undefined;

function readInfo(body: Buffer, big: boolean): Tags {
  if (body.toString("latin1", 0, 4) !== "INFO") return noTags;
  const texts = new Map<string, Uint8Array>();
  for (let at = 4; at + 8 <= body.length; ) {
    const bytes = big ? body.readUInt32BE(at + 4) : body.readUInt32LE(at + 4);
    const name = infoNames[body.toString("latin1", at, at + 4)];
    if (name) texts.set(name, body.subarray(at + 8, at + 8 + bytes));
    at += 8 + bytes + (bytes % 2);
  }
  return tagsFromUndeclared(texts);
}
