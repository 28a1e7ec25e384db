import { fileURLToPath } from "node:url";

/** Names of the files in `media/`, with 440 Hz on the left and 880 Hz on the right channel. */
export const mediaFiles = Object.freeze([
  "tones.mp3",
  "tones-vbr.mp3",
  "tones.flac",
  "tones.ogg",
  "tones.opus",
  "tones.wav",
  "tones-opus.webm",
  "tones-vorbis.webm",
  "tones.m4a",
  "tones-alac.m4a",
  "tones.aac",
] as const);

/** Name of a file of {@link mediaFiles}. */
export type MediaFile = (typeof mediaFiles)[number];

/** A second of the tones of {@link mediaFiles} at 48 kHz, without an information frame: a file for joining. */
export const mp3At48000 = fileURLToPath(new URL("../odd-media/tones-48000.mp3", import.meta.url));

/** A second of 660 Hz in mono at 22.05 kHz, with ID3 tags and an information frame: what stations insert as an ad. */
export const adMp3 = fileURLToPath(new URL("../odd-media/ad-22050-mono.mp3", import.meta.url));

/** Three seconds of the tones of {@link mediaFiles} in fragments of half a second, with an index at the end. */
export const fragmentedMp4 = fileURLToPath(new URL("../odd-media/tones-fragments.m4a", import.meta.url));

/** Folder of {@link mediaFiles}, absolute. */
export const mediaFolder = fileURLToPath(new URL("../media", import.meta.url));

/** Folder of files that other programs wrote with old or wrong tags, absolute. */
export const oddMediaFolder = fileURLToPath(new URL("../odd-media", import.meta.url));
