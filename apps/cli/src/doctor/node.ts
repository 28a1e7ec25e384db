import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { promisify } from "node:util";
import {
  completeOptions,
  listenAddress,
  NodeError,
  type NodeSettings,
} from "@asterite/andesite-node/configuration";
import type { NodeValues } from "../node/node-options.ts";
import { about, type Finding, reasonOf } from "./finding.ts";
import { checkNodePort } from "./ports.ts";
import { checkNats } from "./services.ts";

const run = promisify(execFile);
const patienceMs = 20_000;

type Settings = NodeSettings & { readonly host: string };

/** Looks at everything that an audio node needs, without changing anything. */
export async function examineNode({ options, ignored }: NodeValues): Promise<Finding[]> {
  const configuration = about("configuration");
  let settings: Settings;
  try {
    const complete = completeOptions(options);
    settings = { ...complete, host: listenAddress(complete) };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    // What contradicts itself cannot be looked at any further.
    return [configuration.problem(error.message, "asterite node --help tells what is allowed.")];
  }
  const advice = "These mean nothing to this node; mend or remove them.";
  return [
    ignored.length > 0
      ? configuration.warning(`ignored: ${ignored.join(", ")}`, advice)
      : configuration.ok("complete and free of contradictions"),
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
  const findings = [await checkNats(nats, "bots do not find this node")];
  if (address === null && isLoopback(host)) {
    const advice = "Listen elsewhere with --host, or name another address with --advertise.";
    findings.push(about("address").warning(`bots are told ${host}, which is their own machine`, advice));
  }
  return findings;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");

async function checkSources({ loading }: Settings): Promise<Finding[]> {
  const { musicFolders, sources, ytDlp } = loading;
  return [
    ...(await Promise.all(musicFolders.map((folder) => checkFolder(folder, sources.local)))),
    await checkProgram("yt-dlp", ytDlp, "pages and searches of the web"),
  ];
}

function checkAccess({ password, open, host }: Settings): Finding {
  const doors = about("password");
  if (password !== null) return doors.ok("clients must know one");
  if (!open) return doors.ok(`none; only programs on this machine reach ${host}`);
  return doors.warning("none, and others can reach the node", "Give one with ASTERITE_NODE_PASSWORD.");
}

async function checkThreads(): Promise<Finding> {
  const audio = about("audio");
  try {
    const { checkAudio } = await import("@asterite/andesite-node");
    await checkAudio();
    return audio.ok("threads start, and the Opus encoder loads");
  } catch (error) {
    return audio.problem(reasonOf(error), "Install the package again: npm install --global asterite.");
  }
}

async function checkFolder(folder: string, isOn: boolean): Promise<Finding> {
  const music = about("music");
  const mend = "Give a folder that the user who runs the node can read.";
  try {
    if (!(await stat(folder)).isDirectory()) return music.problem(`${folder} is no folder`, mend);
    await access(folder, constants.R_OK | constants.X_OK);
    const { length } = await readdir(folder);
    if (!isOn) return music.warning(`${folder} is not used`, "Add --set andesite.source.local=true.");
    if (length === 0) return music.warning(`${folder} is empty`, "Put music there, or give another folder.");
    return music.ok(`${folder} can be read`);
  } catch (error) {
    return music.problem(`${folder} cannot be read: ${reasonOf(error)}`, mend);
  }
}

/** Such a program tells its version in the first line of what it says. */
async function checkProgram(name: string, path: string | null, purpose: string): Promise<Finding> {
  const program = about(name);
  if (path === null) return program.ok(`not configured: no ${purpose}`);
  try {
    const { stdout } = await run(path, ["--version"], { timeout: patienceMs });
    return program.ok(stdout.split("\n", 1)[0]?.slice(0, 80) ?? "");
  } catch (error) {
    return program.problem(`${path} cannot be run: ${reasonOf(error)}`, `Give the path of ${name}.`);
  }
}
