import { existsSync } from "node:fs";
import { about, type Finding } from "./finding.ts";

const neededNode = 24;
/** Below this the server runs out of descriptors before it runs out of anything else. */
const fewDescriptors = 4096;
/** This version did not exist before; a clock that says so is wrong. */
const notBeforeMs = Date.UTC(2025, 0, 1);

/** Looks at the Node that runs, at the limit of open files and at the clock. */
export function checkMachine(): Finding[] {
  return [checkNode(), ...checkDescriptors(), checkClock()];
}

function checkNode(): Finding {
  const node = about("node");
  const { node: version } = process.versions;
  return Number.parseInt(version, 10) >= neededNode
    ? node.ok(`Node ${version}`)
    : node.problem(`Node ${version} is too old`, `Install Node ${neededNode} or newer.`);
}

/** Most open files of this process, which are the same for a server started from here. */
function openFilesLimit(): number | undefined {
  // Addresses of this machine are looked up by name otherwise, which can take long.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  if (typeof report !== "object" || report === null || !("userLimits" in report)) return undefined;
  const { open_files: files } = report.userLimits as { readonly open_files?: { readonly hard?: unknown } };
  const hard = files?.hard;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

function checkDescriptors(): Finding[] {
  const files = about("open files");
  const limit = openFilesLimit();
  if (limit === undefined || Number.isNaN(limit)) return [];
  if (limit >= fewDescriptors) return [files.ok(`at most ${limit}`)];
  return [
    files.warning(
      `at most ${limit}, each connection needs one`,
      `Raise the limit: LimitNOFILE=65536 in the service file, or ulimit -n 65536.`,
    ),
  ];
}

function checkClock(): Finding {
  const clock = about("clock");
  const now = new Date();
  const text = now.toISOString().replace(/\.\d+/, "");
  if (now.getTime() < notBeforeMs) {
    return clock.problem(`it says ${text}`, "Set the clock; messages and certificates carry its time.");
  }
  const service = "/run/systemd/timesync";
  if (existsSync(service) && !existsSync(`${service}/synchronized`)) {
    return clock.warning(`${text}, not synchronised yet`, "timedatectl status says why.");
  }
  return clock.ok(text);
}
