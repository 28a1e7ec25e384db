import type { ByteWindow } from "../byte-window.ts";
import { type ChunkLayout, walkChunks } from "../chunks/chunks.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { SampleEntry } from "../mp4/packet-entry.ts";
import type { PacketReader } from "../packet-reader.ts";
import { FixedBlockReader } from "../pcm/fixed-block-reader.ts";
import { noTags, type Tags, tagsFrom } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { CafPacketReader } from "./caf-packet-reader.ts";
import { blockCoding, type Description, packetEntry, readDescription } from "./description.ts";
import { type PacketTable, readPacketTable, uniformTable } from "./packet-table.ts";

const layout: ChunkLayout = {
  first: 8,
  headerBytes: 12,
  unit: 1,
  sound: "data",
  length: (header) => {
    const bytes = Number(header.readBigInt64BE(4));
    return bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
  },
};

const textNames: Readonly<Record<string, string>> = {
  title: "TITLE",
  artist: "ARTIST",
  album: "ALBUM",
  "track number": "TRACKNUMBER",
};

/** Reads the information chunk: a count, then names and values that end with a zero. */
function readInformation(body: Buffer): Tags {
  const texts = body.toString("utf8", 4).split("\0");
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length; index += 2) {
    const name = textNames[texts[index]?.toLowerCase() ?? ""];
    if (name) fields.set(name, texts[index + 1] ?? "");
  }
  return tagsFrom(fields);
}

/**
 * Opens a Core Audio file (Apple, Core Audio Format Specification 1.0); returns undefined if it has no audio.
 *
 * @throws TrackError if the codec is not supported, or packets have no table before them.
 */
export async function openCaf(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  let description: Description | undefined;
  let data: { readonly at: number; readonly bytes: number } | undefined;
  let tags = noTags;
  let cookie = Buffer.alloc(0);
  let tableBody: Buffer | undefined;
  for await (const { name, at, bytes } of walkChunks(window, layout)) {
    const body = async (maxBytes: number) => Buffer.from(await window.at(at, Math.min(bytes, maxBytes)));
    if (name === "desc") description = readDescription(await body(32));
    else if (name === "info") tags = readInformation(await body(limits.maxTagBytes));
    else if (name === "kuki") cookie = await body(limits.maxTagBytes);
    else if (name === "pakt") tableBody = await body(limits.maxProbeBytes / 2);
    // A counter of edits precedes the samples.
    else if (name === layout.sound) data = { at: at + 4, bytes: bytes - 4 };
  }
  if (!description || !data || data.bytes <= 0) return undefined;
  const { codec, sampleRate, packetBytes, packetSamples } = description;
  const coding = blockCoding(description, limits);
  if (coding) return new FixedBlockReader(window, "caf", coding, data, tags);
  const entry = packetEntry(description, cookie);
  if (!entry) throw new TrackError(`The codec ${codec} of CAF files is not supported.`, "COMMON");
  const table = tableBody
    ? readPacketTable(tableBody, packetBytes, packetSamples)
    : uniformTable(packetBytes, packetSamples, Math.min(data.bytes, (window.size ?? data.bytes) - data.at));
  if (!table || sampleRate <= 0)
    throw new TrackError("The file has no table of its packets before them.", "COMMON");
  if (window.mayReadAhead) await shortenTable(window, table, data.at, entry, sampleRate);
  return new CafPacketReader(window, limits, entry, table, { dataAt: data.at, sampleRate, tags });
}

/** Bytes of a packet that state its samples. */
const lengthBytes = 8;

/** Shortens the last packet to the samples that it states: some encoders count it as a whole one. */
async function shortenTable(
  window: ByteWindow,
  { count, offsets, times }: PacketTable,
  dataAt: number,
  entry: SampleEntry,
  sampleRate: number,
): Promise<void> {
  const at = offsets[count - 1] ?? 0;
  const head = await window.at(dataAt + at, Math.min(lengthBytes, (offsets[count] ?? 0) - at));
  const samples = (entry.samples(head) * sampleRate) / entry.format.sampleRate;
  if (samples > 0) times[count] = Math.min(times[count] ?? 0, (times[count - 1] ?? 0) + samples);
}
