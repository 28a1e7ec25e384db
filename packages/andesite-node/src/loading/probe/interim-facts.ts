import {
  ALL_FORMATS,
  BufferSource,
  CustomSource,
  Input,
  type InputAudioTrack,
  ReadableStreamSource,
  type Source,
} from "mediabunny";
import type { ByteSource } from "../../bytes/byte-source.ts";
import { TrackError } from "../../errors.ts";
import type { MediaFacts } from "../../media/media-stream.ts";
import { readStart } from "./bounded-bytes.ts";

const containers: Readonly<Record<string, string>> = {
  MP3: "mp3",
  FLAC: "flac",
  Ogg: "ogg",
  WAVE: "wav",
  WebM: "matroska/webm",
  Matroska: "matroska/webm",
  MP4: "mp4",
  "QuickTime File Format": "mp4",
  ADTS: "adts",
};

/** Reads facts with mediabunny alone, until the node's own readers stand. */
export async function readFacts(bytes: ByteSource): Promise<MediaFacts> {
  const source = await sourceOf(bytes);
  const input = new Input({ formats: ALL_FORMATS, source });
  try {
    return await factsOf(input, bytes);
  } catch (error) {
    if (error instanceof TrackError) throw error;
    throw new TrackError("Unknown file format.", "COMMON", { cause: error });
  } finally {
    input.dispose();
  }
}

async function sourceOf(bytes: ByteSource): Promise<Source> {
  if (bytes.kind === "random") {
    return new CustomSource({ getSize: () => bytes.size, read: (start, end) => bytes.read(start, end) });
  }
  if (!bytes.endless) return new ReadableStreamSource(bytes.stream);
  return new BufferSource(await readStart(bytes, 32 * 1024));
}

async function factsOf(input: Input, bytes: ByteSource): Promise<MediaFacts> {
  const format = await input.getFormat();
  const track = await input.getPrimaryAudioTrack();
  const container = containers[format.name];
  if (!track || container === undefined) throw new TrackError("Unknown file format.", "COMMON");
  const tags = await input.getMetadataTags();
  const isEndless = bytes.kind === "live" && bytes.endless;
  return {
    container,
    ...(await audioOf(track)),
    durationMs: isEndless ? null : Math.round((await input.computeDuration()) * 1_000),
    seekable: bytes.kind === "random",
    title: tags.title ?? null,
    author: tags.artist ?? null,
    album: tags.album ?? null,
    lyrics: tags.lyrics ?? null,
    isrc: null,
    replayGainDb: null,
  };
}

const audioOf = async (track: InputAudioTrack) => ({
  codec: (await track.getCodec()) ?? "unknown",
  sampleRate: await track.getSampleRate(),
  channels: await track.getNumberOfChannels(),
});
