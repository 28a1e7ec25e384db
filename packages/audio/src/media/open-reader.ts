import { AdtsReader } from "./adts/adts-reader.ts";
import { adtsSyntax } from "./adts/frame-header.ts";
import type { ByteSource } from "./byte-source.ts";
import { type ByteWindow, openWindow } from "./byte-window.ts";
import { FlacReader } from "./flac/flac-reader.ts";
import { hasFrames } from "./frames/frame-walker.ts";
import { MatroskaReader } from "./matroska/matroska-reader.ts";
import { checkFormat, type MediaLimits } from "./media-limits.ts";
import { Mp4Reader } from "./mp4/mp4-reader.ts";
import { mpegSyntax } from "./mpeg/frame-header.ts";
import { MpegReader } from "./mpeg/mpeg-reader.ts";
import { OggReader } from "./ogg/ogg-reader.ts";
import type { PacketReader } from "./packet-reader.ts";
import { type ContainerKind, tellContainer } from "./sniff-container.ts";
import { readId3 } from "./tags/id3.ts";
import { noTags } from "./tags/tags.ts";
import { TrackError } from "./track-error.ts";
import { WavReader } from "./wav/wav-reader.ts";

const openers: Readonly<
  Record<ContainerKind, (window: ByteWindow, limits: MediaLimits) => Promise<PacketReader | undefined>>
> = {
  ogg: OggReader.open,
  flac: FlacReader.open,
  wav: WavReader.open,
  "matroska/webm": MatroskaReader.open,
  mp4: Mp4Reader.open,
  frames: openFrames,
};

/** Bytes in which frames without a container are looked for, to tell what they are. */
const tellBytes = 8 * 1024;

/** Opens what is nothing but frames, after the tags in front of them. */
async function openFrames(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  let tags = noTags;
  let at = 0;
  for (let id3 = await readId3(window, 0, limits); id3; id3 = await readId3(window, at, limits)) {
    if (at === 0) tags = id3.tags;
    at = id3.end;
  }
  const head = await window.at(at, tellBytes);
  if (Buffer.from(head.subarray(0, 4)).toString("latin1") === "fLaC")
    return await FlacReader.open(window, limits, at, tags);
  const isAac = hasFrames(head, adtsSyntax) && !hasFrames(head, mpegSyntax);
  return await (isAac ? AdtsReader.open : MpegReader.open)(window, limits, at, tags);
}

/**
 * Opens what takes the packets out of a file. Closes the bytes if it cannot; else {@link PacketReader.close} does.
 *
 * @throws TrackError where it is no audio that can be read.
 */
export async function openReader(bytes: ByteSource, limits: MediaLimits): Promise<PacketReader> {
  const window = openWindow(bytes);
  try {
    window.limit(limits.maxProbeBytes);
    const reader = await openers[await tellContainer(window)](window, limits);
    if (!reader) throw new TrackError("Unknown file format.", "COMMON");
    window.limit(Number.POSITIVE_INFINITY);
    checkFormat(reader.facts, limits);
    return reader;
  } catch (error) {
    window.close();
    if (error instanceof TrackError) throw error;
    throw new TrackError("The file is damaged.", "COMMON", { cause: error });
  }
}
