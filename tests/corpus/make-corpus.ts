import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { oddMediaFolder } from "@asterite/testkit";
import { encoded } from "./encoded-files.ts";
import { odd } from "./odd-files.ts";

const run = promisify(execFile);
const seconds = 4;

/** A sweep with noise, of which no two sections are alike, in a WAV file. */
async function makeSound(path: string): Promise<void> {
  const left = "0.3*sin(2*PI*(200+150*t)*t)+0.02*(random(0)-0.5)";
  const source = `aevalsrc=${left}|0.3*sin(2*PI*(3000-100*t)*t):s=48000:d=${seconds}`;
  await run("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", source, "-c:a", "pcm_s24le", path]);
}

/**
 * Makes a folder of files of all containers and codecs, and of damaged and odd ones, beside those of the test kit that other
 * encoders made. Files of encoders that are not installed are left out.
 *
 * @returns The number of files, and the names of those that an encoder refused to make.
 */
export async function makeCorpus(
  folder: string,
): Promise<{ readonly files: number; readonly refused: readonly string[] }> {
  mkdirSync(folder, { recursive: true });
  const sound = `${folder}.wav`;
  await makeSound(sound);
  const has = new Map<string, boolean>();
  const isInstalled = (program: string): boolean => {
    const known =
      has.get(program) ?? spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
    has.set(program, known);
    return known;
  };
  const wanted = encoded.filter(({ command: [program] }) => isInstalled(program));
  const waiting = [...wanted];
  const refused: string[] = [];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const [program, ...args] = file.command;
      const place = (arg: string) => (arg === "IN" ? sound : arg === "OUT" ? join(folder, file.name) : arg);
      await run(program, args.map(place)).catch(() => refused.push(file.name));
    }
  };
  await Promise.all(cpus().map(work));
  const made = new Set(wanted.map(({ name }) => name).filter((name) => !refused.includes(name)));
  const possible = odd.filter(({ from }) => from.every((name) => made.has(name)));
  for (const { name, from, make } of possible) {
    const bytes = make(...from.map((source) => readFileSync(join(folder, source))));
    writeFileSync(join(folder, name), bytes);
  }
  const kept = readdirSync(oddMediaFolder);
  for (const name of kept) copyFileSync(join(oddMediaFolder, name), join(folder, name));
  return { files: made.size + possible.length + kept.length, refused };
}
