import type { EncodedFile } from "./made-file.ts";

const ffmpeg = (name: string, ...args: readonly string[]): EncodedFile => ({
  name,
  command: ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", "IN", "-bitexact", ...args, "OUT"],
});

/** Files of a container with each of these codecs of ffmpeg. */
const each = (extension: string, codecs: readonly string[], ...args: readonly string[]): EncodedFile[] =>
  codecs.map((codec) => ffmpeg(`${codec}.${extension}`, "-c:a", codec, ...args));

const rates = (extension: string, codec: string, values: readonly number[]): EncodedFile[] =>
  values.map((rate) => ffmpeg(`${codec}-${rate}.${extension}`, "-c:a", codec, "-ar", `${rate}`));

const channels = (extension: string, codec: string, values: readonly number[]): EncodedFile[] =>
  values.map((count) => ffmpeg(`${codec}-${count}ch.${extension}`, "-c:a", codec, "-ac", `${count}`));

const numbers = ["pcm_s16le", "pcm_s24le", "pcm_f32le"];
const tags = ["-metadata", "title=Größe – 音楽", "-metadata", "artist=Ёжик", "-metadata", "album=A/B; C"];

const uncompressed: readonly EncodedFile[] = [
  ...each("wav", ["pcm_u8", ...numbers, "pcm_s32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"]),
  ...each("wav", ["adpcm_ima_wav", "adpcm_ms"], "-ar", "22050"),
  ...each("wav", ["libmp3lame", "mp2"]),
  ...rates("wav", "pcm_s16le", [8_000, 11_025, 37_800, 96_000, 192_000]),
  ...channels("wav", "pcm_s16le", [1, 3, 4, 5, 6, 7, 8]),
  ffmpeg("rf64.wav", "-c:a", "pcm_s16le", "-rf64", "always"),
  ffmpeg("tags.wav", "-c:a", "pcm_s16le", ...tags),
  ...each("w64", numbers),
  ...each("aiff", ["pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32be", "pcm_f64be", "pcm_s16le"]),
  ...each("aiff", ["pcm_alaw", "pcm_mulaw", "adpcm_ima_qt"]),
  ...channels("aiff", "pcm_s16be", [1, 6]),
  ...each("caf", [...numbers, "pcm_s16be", "pcm_mulaw", "alac", "libopus"]),
  ...channels("caf", "alac", [1, 6]),
  ...each("au", ["pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32be", "pcm_f64be", "pcm_alaw"]),
  ...each("mov", [...numbers, "pcm_s16be", "pcm_s32be", "pcm_f64be", "pcm_u8", "pcm_mulaw", "adpcm_ima_qt"]),
  ...["mov", "caf", "mka"].flatMap((extension) =>
    each(extension, ["adpcm_ima_wav", "adpcm_ms"], "-ar", "22050"),
  ),
  ffmpeg("fragments.mov", "-c:a", "pcm_s16le", "-movflags", "frag_keyframe+empty_moov"),
  ...each("mka", [...numbers, "pcm_u8", "pcm_s16be"]),
];

const mpeg: readonly EncodedFile[] = [
  ...[32, 64, 128, 320].map((rate) => ffmpeg(`cbr${rate}.mp3`, "-c:a", "libmp3lame", "-b:a", `${rate}k`)),
  ...[0, 5, 9].map((quality) => ffmpeg(`vbr${quality}.mp3`, "-c:a", "libmp3lame", "-q:a", `${quality}`)),
  ffmpeg("abr.mp3", "-c:a", "libmp3lame", "-b:a", "112k", "-abr", "1"),
  ...rates("mp3", "libmp3lame", [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100]),
  ...channels("mp3", "libmp3lame", [1]),
  ffmpeg("no-header.mp3", "-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0", "-id3v2_version", "0"),
  ffmpeg("no-reservoir.mp3", "-c:a", "libmp3lame", "-b:a", "96k", "-reservoir", "0"),
  ffmpeg("id3v23.mp3", "-c:a", "libmp3lame", "-id3v2_version", "3", ...tags),
  ffmpeg("id3v24.mp3", "-c:a", "libmp3lame", "-id3v2_version", "4", ...tags),
  ffmpeg(
    "id3v1.mp3",
    "-c:a",
    "libmp3lame",
    "-id3v2_version",
    "0",
    "-write_id3v1",
    "1",
    "-metadata",
    "title=Old",
  ),
  ffmpeg("mp3.mka", "-c:a", "libmp3lame"),
  ffmpeg("mp3.mp4", "-c:a", "libmp3lame"),
  ffmpeg("layer2.mp2", "-c:a", "mp2"),
  ffmpeg("layer2-mono.mp2", "-c:a", "mp2", "-ac", "1", "-b:a", "64k"),
  ffmpeg("mp2.mka", "-c:a", "mp2"),
  ffmpeg("mp3.ts", "-c:a", "libmp3lame"),
];

const lossless: readonly EncodedFile[] = [
  ...[0, 12].map((level) => ffmpeg(`level${level}.flac`, "-c:a", "flac", "-compression_level", `${level}`)),
  ffmpeg("s16.flac", "-c:a", "flac", "-sample_fmt", "s16", ...tags),
  ...rates("flac", "flac", [8_000, 44_100, 96_000, 192_000]),
  ...channels("flac", "flac", [1, 3, 6, 8]),
  ...["ogg", "mka"].map((extension) => ffmpeg(`flac.${extension}`, "-c:a", "flac")),
  ffmpeg("flac.mp4", "-c:a", "flac", "-strict", "-2"),
  ffmpeg("s16.m4a", "-c:a", "alac", "-sample_fmt", "s16p", ...tags),
  ffmpeg("s24.m4a", "-c:a", "alac", "-sample_fmt", "s32p"),
  ...channels("m4a", "alac", [1, 6, 8]),
  ...each("mka", ["alac"]),
  { name: "blocks192.flac", command: ["flac", "-s", "-f", "-b", "192", "--lax", "IN", "-o", "OUT"] },
  { name: "no-table.flac", command: ["flac", "-s", "-f", "--no-seektable", "-8", "IN", "-o", "OUT"] },
  { name: "padding.flac", command: ["flac", "-s", "-f", "-P", "100000", "IN", "-o", "OUT"] },
];

const lossy: readonly EncodedFile[] = [
  ...["0", "10"].map((quality) => ffmpeg(`q${quality}.ogg`, "-c:a", "libvorbis", "-q:a", quality)),
  ffmpeg("tags.ogg", "-c:a", "libvorbis", ...tags),
  ...rates("ogg", "libvorbis", [8_000, 22_050, 96_000]),
  ffmpeg("other.ogg", "-c:a", "libvorbis", "-ar", "44100", "-serial_offset", "9"),
  ...channels("ogg", "libvorbis", [1, 3, 6, 8]),
  ...each("webm", ["libvorbis", "libopus"]),
  ...each("mka", ["libvorbis", "libopus"]),
  ffmpeg("tags.opus", "-c:a", "libopus", "-serial_offset", "7", ...tags),
  ...channels("opus", "libopus", [1, 6, 8]),
  ...["2.5", "60"].map((ms) => ffmpeg(`frames${ms}.opus`, "-c:a", "libopus", "-frame_duration", ms)),
  ffmpeg("speech.opus", "-c:a", "libopus", "-b:a", "16k", "-application", "voip", "-ac", "1"),
  ffmpeg("late.webm", "-c:a", "libopus", "-output_ts_offset", "100"),
  ffmpeg("live.webm", "-c:a", "libopus", "-live", "1"),
  ffmpeg("six-opus.webm", "-c:a", "libopus", "-ac", "6"),
  ffmpeg("opus.mp4", "-c:a", "libopus"),
  ffmpeg("six-opus.mp4", "-c:a", "libopus", "-ac", "6"),
  ffmpeg("plain.m4a", "-c:a", "aac", "-aac_pns", "0", ...tags),
  ffmpeg("front.m4a", "-c:a", "aac", "-aac_pns", "0", "-movflags", "faststart"),
  ffmpeg("fragments.m4a", "-c:a", "aac", "-aac_pns", "0", "-movflags", "frag_keyframe+empty_moov"),
  ffmpeg(
    "dash.m4a",
    "-c:a",
    "aac",
    "-aac_pns",
    "0",
    "-movflags",
    "dash+global_sidx",
    "-frag_duration",
    "1000000",
  ),
  ffmpeg("segments.m4a", "-c:a", "aac", "-aac_pns", "0", "-movflags", "dash", "-frag_duration", "1000000"),
  ...rates("m4a", "aac", [8_000, 22_050, 96_000]),
  ...channels("m4a", "aac", [1, 3, 6, 8]),
  ...["mov", "3gp", "mka", "aac", "ts"].map((extension) =>
    ffmpeg(`aac.${extension}`, "-c:a", "aac", "-aac_pns", "0"),
  ),
  ffmpeg("latm.latm", "-c:a", "aac", "-aac_pns", "0", "-f", "latm"),
  ffmpeg("latm.aac", "-c:a", "aac", "-aac_pns", "0", "-ac", "6", "-f", "latm", "-smc-interval", "1"),
  ffmpeg("latm.ts", "-c:a", "aac", "-aac_pns", "0", "-mpegts_flags", "latm"),
  ffmpeg("aac.m2ts", "-c:a", "aac", "-aac_pns", "0", "-f", "mpegts", "-mpegts_m2ts_mode", "1"),
  ffmpeg("name with spaces – 音楽 ☃.ogg", "-c:a", "libvorbis"),
];

/** Files of one or two packets. */
const short: readonly EncodedFile[] = [
  ["mp3", "libmp3lame"],
  ["mp2", "mp2"],
  ["aac", "aac"],
  ["ts", "aac"],
  ["opus", "libopus"],
  ["flac", "flac"],
  ["ogg", "libvorbis"],
  ["caf", "alac"],
].map(([extension = "", codec = ""]) => ffmpeg(`short.${extension}`, "-c:a", codec, "-t", "0.02"));

const otherEncoders: readonly EncodedFile[] = [
  ...[100, 200, 310].map(
    (rate): EncodedFile => ({
      name: `free${rate}.mp3`,
      command: ["lame", "--quiet", "--freeformat", "-b", `${rate}`, "--resample", "44.1", "IN", "OUT"],
    }),
  ),
  { name: "insane.mp3", command: ["lame", "--quiet", "--preset", "insane", "IN", "OUT"] },
  { name: "oggenc.ogg", command: ["oggenc", "-Q", "-q", "3", "IN", "-o", "OUT"] },
  { name: "opusenc.opus", command: ["opusenc", "--quiet", "--title", "Nom – 名", "IN", "OUT"] },
  { name: "zlib.mka", command: ["mkvmerge", "-q", "--compression", "0:zlib", "-o", "OUT", "IN"] },
  { name: "big-endian.wav", command: ["sox", "IN", "-B", "-b", "16", "OUT"] },
  { name: "gsm.au", command: ["sox", "IN", "-r", "8000", "-c", "1", "-e", "u-law", "OUT"] },
  { name: "sox8.aiff", command: ["sox", "IN", "-b", "8", "OUT"] },
];

/** Files of encoders. */
export const encoded: readonly EncodedFile[] = [
  ...uncompressed,
  ...mpeg,
  ...lossless,
  ...lossy,
  ...short,
  ...otherEncoders,
];
