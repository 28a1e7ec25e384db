import { execFile } from "node:child_process";
import { relative } from "node:path";
import { promisify } from "node:util";
import {
  completeOptions,
  listenAddress,
  NodeError,
  type NodeSettings,
} from "@asterite/andesite-node/configuration";
import { countMusicEntries } from "../node/music-folder.ts";
import type { NodeValues } from "../node/node-options.ts";
import { type Finding, findingsFor, reasonOf } from "./finding.ts";
import { checkNodePort } from "./ports.ts";
import { checkNats } from "./services.ts";

const run = promisify(execFile);
const timeoutMs = 20_000;
/** Maximum number of music files that are opened per folder. */
const maxCheckedFiles = 200;

type Settings = NodeSettings & { readonly host: string };

/** Checks all requirements of an audio node without changing files. */
export async function checkNodeSetup({ options, ignored }: NodeValues): Promise<Finding[]> {
  const configuration = findingsFor("configuration");
  let settings: Settings;
  try {
    const complete = completeOptions(options);
    settings = { ...complete, host: listenAddress(complete) };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    // Further checks need a valid configuration.
    return [configuration.problem(error.message, "See asterite node --help.")];
  }
  const advice = "This node does not know them; fix or remove them.";
  return [
    ignored.length > 0
      ? configuration.warning(`ignored: ${ignored.join(", ")}`, advice)
      : configuration.ok("valid"),
    checkAccess(settings),
    await checkThreads(),
    await checkNodePort(settings.host, settings.http.port),
    ...(await checkSources(settings)),
    ...(await checkAnnouncing(settings)),
  ];
}

async function checkAnnouncing({ announcing, host }: Settings): Promise<Finding[]> {
  const { nats, address } = announcing;
  if (nats === null) return [];
  const findings = [await checkNats(nats, "bots cannot discover this node")];
  if (address === null && isLoopback(host)) {
    const advice = "Set another address with --host or --advertise.";
    findings.push(
      findingsFor("address").warning(
        `${host} is announced to bots, which cannot reach it from other machines`,
        advice,
      ),
    );
  }
  return findings;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");

async function checkSources({ loading }: Settings): Promise<Finding[]> {
  const { musicFolders, sources, ytDlp } = loading;
  return [
    ...(await Promise.all(musicFolders.map((folder) => checkFolder(folder, sources.local)))),
    await checkProgram("yt-dlp", ytDlp, "web pages and searches"),
  ];
}

function checkAccess({ password, open, host }: Settings): Finding {
  const passwordFinding = findingsFor("password");
  if (password !== null) return passwordFinding.ok("required from clients");
  if (!open) return passwordFinding.ok(`none; ${host} is only reachable from this machine`);
  return passwordFinding.warning(
    "none, and the node is reachable from other machines",
    "Set ASTERITE_NODE_PASSWORD.",
  );
}

async function checkThreads(): Promise<Finding> {
  const audio = findingsFor("audio");
  try {
    const { checkAudio } = await import("@asterite/andesite-node");
    await checkAudio();
    return audio.ok("worker threads and Opus encoder work");
  } catch (error) {
    return audio.problem(reasonOf(error), "Reinstall the package: npm install --global asterite.");
  }
}

async function checkFolder(folder: string, isEnabled: boolean): Promise<Finding> {
  const music = findingsFor("music");
  const advice = "Choose a folder that is readable for the node's user.";
  try {
    const entries = await countMusicEntries(folder);
    if (!isEnabled) return music.warning(`${folder} is not used`, "Add --set andesite.source.local=true.");
    if (entries === 0) return music.warning(`${folder} is empty`, "Add music, or choose another folder.");
    return await checkFiles(folder);
  } catch (error) {
    return music.problem(reasonOf(error), advice);
  }
}

/** Checks whether the files of a music folder can be played. */
async function checkFiles(folder: string): Promise<Finding> {
  const music = findingsFor("music");
  const { checkMusic } = await import("@asterite/andesite-node");
  const { checked, unplayable } = await checkMusic(folder, maxCheckedFiles);
  const [first] = unplayable;
  if (checked === 0) {
    const advice = "The audio node guide lists the formats.";
    return music.warning(`${folder} contains no music in a format that the node plays`, advice);
  }
  if (!first) return music.ok(`${folder} is readable`);
  const name = relative(folder, first.path);
  const text = `${unplayable.length} of ${checked} files in ${folder} cannot be played, such as ${name}: ${first.reason}`;
  const advice = "Convert them, or copy them again if they are damaged.";
  return unplayable.length === checked ? music.problem(text, advice) : music.warning(text, advice);
}

/** Checks that a program runs, and reports the first line of its `--version` output. `auto` is the one in `PATH`. */
async function checkProgram(name: string, path: string | null, purpose: string): Promise<Finding> {
  const program = findingsFor(name);
  if (path === null) return program.ok(`not configured: no ${purpose}`);
  const file = path === "auto" ? name : path;
  try {
    const { stdout } = await run(file, ["--version"], { timeout: timeoutMs });
    return program.ok(stdout.split("\n", 1)[0]?.slice(0, 80) ?? "");
  } catch (error) {
    if (path === "auto" && error instanceof Error && "code" in error && error.code === "ENOENT")
      return program.ok(`not found in PATH: no ${purpose}`);
    return program.problem(`cannot run ${file}: ${reasonOf(error)}`, `Check the path of ${name}.`);
  }
}
