import type { Examined } from "./examine.ts";

const joined =
  "joined without being a chain: the length is that of the first header, and positions begin again";
const hole = "damaged: the length is that of the header, and positions go on behind what was lost";

/** Why the result for a made file is right although it differs from that of ffmpeg: the faults, and the reason. */
const explanations: Readonly<Record<string, readonly [faults: string, reason: string]>> = {
  "aac-8000.m4a": ["heard length", "the edit list ends the track there; ffmpeg plays the encoder's padding"],
  "he-aac-mono.m4a": [
    "heard length",
    "the gapless tag of the encoder ends the track there; ffmpeg plays the padding",
  ],
  "aac.m2ts": ["refused", "ffmpeg's muxer writes no type for AAC in BDAV, and its reader guesses"],
  "big-endian.wav": ["level", "ffmpeg plays the samples of RIFX as noise"],
  "cp1251.mp3": ["title", "ffmpeg does not detect windows-1251"],
  "id3-cp1251.mp3": ["title, artist", "ffmpeg does not detect windows-1251"],
  "id3-utf8-as-latin1.mp3": ["title", "ffmpeg does not detect UTF-8 declared as Latin-1"],
  "id3v24-nonsyncsafe.mp3": [
    "title",
    "ffmpeg cuts the title where the frame would end if its size were synchsafe",
  ],
  "utf8-as-latin1.mp3": ["title", "ffmpeg does not detect UTF-8 declared as Latin-1"],
  "44100-then-22050.mp3": ["heard length", "the delays of joined parts are heard, which ffmpeg drops"],
  "stereo-then-mono.mp3": ["level", "ffmpeg attenuates mono that follows stereo"],
  "vorbis-then-opus.ogg": ["heard length", "ffmpeg ends at the change of codec"],
  "page.mp3": ["refused", "a page, which ffmpeg takes for AMR"],
  "speech.opus": [
    "seek",
    "the prediction of speech settles within 0.3 s near the start; the comparison begins after 0.1 s",
  ],
  "hole-cbr128.mp3": ["length, heard length", hole],
  "hole-s16.flac": ["length, seek, heard length", hole],
  "hole-q0.ogg": ["length, seek", hole],
  "hole-tags.opus": ["length, seek", hole],
  "twice-s16.flac": ["length, seek, heard length", joined],
};

/** Replaces the faults of a file by the reason why they are none; others remain. */
export function explained(result: Examined): Examined {
  const [faults, explanation] = explanations[result.name] ?? [];
  return explanation !== undefined && faults === result.faults.join(", ")
    ? { ...result, faults: [], explanation }
    : result;
}
