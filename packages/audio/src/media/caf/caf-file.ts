import type { ByteWindow } from "../byte-window.ts";
import { type ChunkLayout, walkChunks } from "../chunks/chunks.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { PacketReader } from "../packet-reader.ts";
import { FixedBlockReader } from "../pcm/fixed-block-reader.ts";
import { noTags, type Tags, tagsFrom } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { readDescription } from "./description.ts";

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
 * @throws TrackError if the codec is not supported.
 */
export async function openCaf(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  let coding: ReturnType<typeof readDescription>;
  let data: { readonly at: number; readonly bytes: number } | undefined;
  let tags = noTags;
  for await (const { name, at, bytes } of walkChunks(window, layout)) {
    const body = async (maxBytes: number) => Buffer.from(await window.at(at, Math.min(bytes, maxBytes)));
    if (name === "desc") coding = readDescription(await body(32), limits);
    else if (name === "info") tags = readInformation(await body(limits.maxTagBytes));
    // A counter of edits precedes the samples.
    else if (name === layout.sound) data = { at: at + 4, bytes: bytes - 4 };
  }
  if (typeof coding === "string")
    throw new TrackError(`The codec ${coding} of CAF files is not supported.`, "COMMON");
  return coding && data && data.bytes > 0
    ? new FixedBlockReader(window, "caf", coding, data, tags)
    : undefined;
}
