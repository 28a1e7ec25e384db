import { execFile, spawn, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { comparedSeconds } from "./play-file.ts";

const run = promisify(execFile);

/** A file as ffprobe and ffmpeg read it. */
export interface RefereedFile {
  readonly codec: string;
  /** Seconds that ffmpeg decodes. */
  readonly seconds: number;
  readonly samples: Float32Array;
  /** Tags by their lower-case names. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Whether ffmpeg and ffprobe are installed. */
export const hasReferee = ["ffmpeg", "ffprobe"].every(
  (program) => spawnSync(program, ["-version"], { stdio: "ignore" }).status === 0,
);

interface Probe {
  readonly format?: { readonly tags?: Readonly<Record<string, string>> };
  readonly streams?: readonly {
    readonly codec_name?: string;
    readonly channels?: number;
    readonly sample_rate?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }[];
}

/** Reads a file with ffprobe and decodes its first audio stream with ffmpeg; undefined if they refuse it. */
export async function referee(path: string): Promise<RefereedFile | undefined> {
  const shown = ["-show_format", "-show_streams", "-select_streams", "a:0", "-of", "json"];
  const probed = await run("ffprobe", ["-v", "error", ...shown, "--", path]).catch(refusal);
  if (!probed) return undefined;
  const probe: Probe = JSON.parse(probed.stdout);
  const [stream] = probe.streams ?? [];
  const { codec_name: codec, channels = 0, sample_rate: rate } = stream ?? {};
  const sampleRate = Number(rate ?? 0);
  // ffprobe names the codec of some files that it cannot decode, but no format.
  if (codec === undefined || channels === 0 || sampleRate === 0) return undefined;
  const tags = { ...stream?.tags, ...probe.format?.tags };
  return {
    codec,
    ...(await decode(path, codec, channels, sampleRate)),
    tags: new Map(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

/** Ignores an error that is the exit of a program, which means that it cannot read the file. */
function refusal(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && typeof error.code === "number")) throw error;
  return undefined;
}

/** Decodes a file to its end, and keeps the part that is compared. */
async function decode(
  path: string,
  codec: string,
  channels: number,
  sampleRate: number,
): Promise<Pick<RefereedFile, "samples" | "seconds">> {
  // ffmpeg's own Opus decoder delays speech slightly.
  const decoder = codec === "opus" ? ["-c:a", "libopus"] : [];
  const input = ["-v", "quiet", "-nostdin", ...decoder, "-i", path, "-map", "0:a:0"];
  const output = ["-ac", `${channels}`, "-ar", `${sampleRate}`, "-f", "f32le", "-c:a", "pcm_f32le", "-"];
  const program = spawn("ffmpeg", [...input, ...output], { stdio: ["ignore", "pipe", "ignore"] });
  const sampleBytes = 4 * channels;
  const keptBytes = comparedSeconds * sampleRate * sampleBytes;
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of program.stdout.iterator()) {
    if (!Buffer.isBuffer(piece)) continue;
    if (bytes < keptBytes) pieces.push(piece);
    bytes += piece.length;
  }
  return {
    seconds: bytes / sampleBytes / sampleRate,
    samples: firstChannel(Buffer.concat(pieces), channels),
  };
}

function firstChannel(bytes: Buffer, channels: number): Float32Array {
  const samples = new Float32Array(Math.floor(bytes.length / 4 / channels));
  for (let index = 0; index < samples.length; index++)
    samples[index] = bytes.readFloatLE(4 * index * channels);
  return samples;
}
