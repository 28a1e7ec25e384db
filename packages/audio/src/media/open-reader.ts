import { withReplication } from "./aac/replicated-reader.ts";
import { openAdts } from "./adts/adts-reader.ts";
import { adtsSyntax } from "./adts/frame-header.ts";
import { openAiff } from "./aiff/aiff-file.ts";
import { openAu } from "./au/au-file.ts";
import type { ByteSource } from "./byte-source.ts";
import { type ByteWindow, openWindow, windowFrom } from "./byte-window.ts";
import { openCaf } from "./caf/caf-file.ts";
import { FlacReader } from "./flac/flac-reader.ts";
import { hasFrames } from "./frames/frame-walker.ts";
import { loasSyntax } from "./latm/loas-frame.ts";
import { openLoas } from "./latm/loas-reader.ts";
import { MatroskaReader } from "./matroska/matroska-reader.ts";
import { checkFormat, type MediaLimits } from "./media-limits.ts";
import { Mp4Reader } from "./mp4/mp4-reader.ts";
import { mpegSyntax } from "./mpeg/frame-header.ts";
import { findFreeFormat } from "./mpeg/free-format.ts";
import { MpegReader } from "./mpeg/mpeg-reader.ts";
import { OggReader } from "./ogg/ogg-reader.ts";
import { type PacketReader, withFacts } from "./packet-reader.ts";
import { type ContainerKind, sniffContainer } from "./sniff-container.ts";
import { readId3 } from "./tags/id3.ts";
import { mergeTags, noTags } from "./tags/tags.ts";
import { readTrailingTags } from "./tags/trailing-tags.ts";
import { TrackError } from "./track-error.ts";
import { TransportReader } from "./transport/transport-reader.ts";
import { formatBytes, nameUnsupported } from "./unsupported-format.ts";
import { openWav } from "./wav/wav-file.ts";

const openers: Readonly<
  Record<ContainerKind, (window: ByteWindow, limits: MediaLimits) => Promise<PacketReader | undefined>>
> = {
  ogg: OggReader.open,
  flac: FlacReader.open,
  wav: openWav,
  aiff: openAiff,
  caf: openCaf,
  au: openAu,
  "matroska/webm": MatroskaReader.open,
  mp4: Mp4Reader.open,
  mpegts: TransportReader.open,
  frames: openFrames,
  foreign: () => Promise.resolve(undefined),
};

/** Bytes searched for frames without a container, to detect the format. */
const sniffBytes = 8 * 1024;

/** Opens a stream of frames without a container, after leading tags. */
async function openFrames(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  let tags = noTags;
  let at = 0;
  for (let id3 = await readId3(window, 0, limits); id3; id3 = await readId3(window, at, limits)) {
    if (at === 0) tags = id3.tags;
    at = id3.end;
  }
  if (window.mayReadAhead) tags = mergeTags(tags, await readTrailingTags(window, limits));
  const head = await window.at(at, sniffBytes);
  if (Buffer.from(head.subarray(0, 4)).toString("latin1") === "fLaC")
    return await FlacReader.open(window, limits, at, tags);
  const kind = at > 0 ? await sniffContainer(window, at) : "frames";
  if (kind !== "frames") {
    const reader = await openers[kind](windowFrom(window, at), limits);
    return reader && withFacts(reader, mergeTags(reader.facts, tags));
  }
  const isMpeg = hasFrames(head, mpegSyntax);
  if (!isMpeg && hasFrames(head, adtsSyntax)) return await openAdts({ window, limits, tags }, at);
  if (!isMpeg && hasFrames(head, loasSyntax)) return (await openLoas({ window, limits, tags }, at))?.reader;
  const syntax = (isMpeg ? undefined : findFreeFormat(head)) ?? mpegSyntax;
  return await MpegReader.open(window, limits, at, tags, syntax);
}

/**
 * Opens the packet reader of a file, for its facts or for playing it. On failure it closes the bytes; otherwise {@link PacketReader.close}
 * does.
 *
 * @throws TrackError if the bytes are not supported audio.
 */
export async function openReader(
  bytes: ByteSource,
  limits: MediaLimits,
  isForPlaying = false,
): Promise<PacketReader> {
  const window = openWindow(bytes, isForPlaying);
  try {
    window.setBudget(limits.maxProbeBytes);
    const head = Buffer.from(await window.at(0, formatBytes));
    const opened = await openers[await sniffContainer(window)](window, limits);
    if (!opened) {
      const name = nameUnsupported(head);
      throw new TrackError(name ? `The format ${name} is not supported.` : "Unknown file format.", "COMMON");
    }
    const reader = await withReplication(opened);
    window.setBudget(Number.POSITIVE_INFINITY);
    if (isForPlaying) window.followGrowth();
    checkFormat(reader.facts, limits);
    return reader;
  } catch (error) {
    window.close();
    if (error instanceof TrackError) throw error;
    throw new TrackError("The file is damaged.", "COMMON", { cause: error });
  }
}
