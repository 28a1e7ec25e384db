import { execFile, spawnSync } from "node:child_process";
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
    readonly tags?: Readonly<Record<string, string>>;
  }[];
}

/** Reads a file with ffprobe and decodes its first audio stream with ffmpeg; undefined if they refuse it. */
export async function referee(path: string): Promise<RefereedFile | undefined> {
  try {
    const shown = ["-show_format", "-show_streams", "-select_streams", "a:0", "-of", "json"];
    const probed = await run("ffprobe", ["-v", "error", ...shown, "--", path]);
    const probe: Probe = JSON.parse(probed.stdout);
    const [stream] = probe.streams ?? [];
    if (!stream?.codec_name) return undefined;
    // ffmpeg's own Opus decoder delays speech slightly.
    const decoder = stream.codec_name === "opus" ? ["-c:a", "libopus"] : [];
    const input = ["-v", "error", "-nostdin", ...decoder, "-i", path, "-map", "0:a:0"];
    const [decoded, counted] = await Promise.all([
      run("ffmpeg", [...input, "-t", `${comparedSeconds}`, "-f", "f32le", "-c:a", "pcm_f32le", "-"], {
        encoding: "buffer",
        maxBuffer: 2 ** 30,
      }),
      run("ffmpeg", [...input, "-f", "null", "-progress", "-", "-"], { maxBuffer: 2 ** 26 }),
    ]);
    const micros = [...counted.stdout.matchAll(/^out_time_us=(\d+)$/gm)].at(-1)?.[1];
    const tags = { ...stream.tags, ...probe.format?.tags };
    return {
      codec: stream.codec_name,
      seconds: Number(micros ?? 0) / 1e6,
      samples: firstChannel(decoded.stdout, stream.channels ?? 1),
      tags: new Map(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value])),
    };
  } catch {
    // They exit with an error for a file that they cannot read.
    return undefined;
  }
}

function firstChannel(bytes: Buffer, channels: number): Float32Array {
  const samples = new Float32Array(Math.floor(bytes.length / 4 / channels));
  for (let index = 0; index < samples.length; index++)
    samples[index] = bytes.readFloatLE(4 * index * channels);
  return samples;
}
