import { readAiffArtwork } from "./aiff/aiff-file.ts";
import type { ByteSource } from "./byte-source.ts";
import { type ByteWindow, openWindow } from "./byte-window.ts";
import { readFlacArtwork } from "./flac/artwork.ts";
import { readMatroskaArtwork } from "./matroska/artwork.ts";
import { type MediaLimits, type MediaOptions, mediaLimits } from "./media-limits.ts";
import { readMp4Artwork } from "./mp4/artwork.ts";
import { readOggArtwork } from "./ogg/artwork.ts";
import { type ContainerKind, sniffContainer } from "./sniff-container.ts";
import type { Artwork } from "./tags/artwork.ts";
import { readId3Artwork } from "./tags/id3.ts";
import { readTrailingArtwork } from "./tags/trailing-tags.ts";
import { TrackError } from "./track-error.ts";
import { readWavArtwork } from "./wav/wav-file.ts";

const readers: Readonly<
  Record<ContainerKind, (window: ByteWindow, limits: MediaLimits) => Promise<Artwork | undefined>>
> = {
  ogg: readOggArtwork,
  flac: readFlacArtwork,
  "matroska/webm": readMatroskaArtwork,
  mp4: readMp4Artwork,
  wav: readWavArtwork,
  aiff: readAiffArtwork,
  caf: () => Promise.resolve(undefined),
  au: () => Promise.resolve(undefined),
  mpegts: () => Promise.resolve(undefined),
  foreign: () => Promise.resolve(undefined),
  frames: async (window, limits) =>
    (await readId3Artwork(window, 0, limits)) ?? (await readTrailingArtwork(window, limits)),
};

/**
 * Reads the first picture of a file, and closes the bytes. Returns undefined if there is none, if it exceeds
 * `maxArtworkBytes`, or if the file is not audio.
 *
 * @throws TrackError if the bytes cannot be read.
 */
export async function readArtwork(
  bytes: ByteSource,
  options: MediaOptions = {},
): Promise<Artwork | undefined> {
  const limits = { ...mediaLimits, ...options.limits };
  const window = openWindow(bytes);
  try {
    const container = await sniffContainer(window);
    // Base64 makes a picture a third longer.
    window.setBudget(limits.maxProbeBytes + 2 * limits.maxArtworkBytes);
    return await readers[container](window, limits);
  } catch (error) {
    if (error instanceof TrackError) throw error;
    throw new TrackError("The file is damaged.", "COMMON", { cause: error });
  } finally {
    window.close();
  }
}
