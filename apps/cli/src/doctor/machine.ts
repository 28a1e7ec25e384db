import { existsSync } from "node:fs";
import { type Finding, findingsFor } from "./finding.ts";

const minNodeVersion = 24;
/** Below this limit file descriptors are the first resource to run out. */
const minOpenFiles = 4096;
/** Release date of this version; an earlier system time is wrong. */
const earliestPlausibleMs = Date.UTC(2025, 0, 1);

/** Checks the Node version, the limit of open files and the clock. */
export function checkMachine(): Finding[] {
  return [checkNode(), ...checkDescriptors(), checkClock()];
}

function checkNode(): Finding {
  const node = findingsFor("node");
  const { node: version } = process.versions;
  return Number.parseInt(version, 10) >= minNodeVersion
    ? node.ok(`Node ${version}`)
    : node.problem(`Node ${version} is too old`, `Install Node ${minNodeVersion} or newer.`);
}

/** Returns the hard limit of open files, which a server started from here would inherit. */
function openFilesLimit(): number | undefined {
  // Otherwise the report resolves host names, which can be slow.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  if (typeof report !== "object" || report === null || !("userLimits" in report)) return undefined;
  const { open_files: files } = report.userLimits as { readonly open_files?: { readonly hard?: unknown } };
  const hard = files?.hard;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

function checkDescriptors(): Finding[] {
  const files = findingsFor("open files");
  const limit = openFilesLimit();
  if (limit === undefined || Number.isNaN(limit)) return [];
  if (limit >= minOpenFiles) return [files.ok(`at most ${limit}`)];
  return [
    files.warning(
      `at most ${limit}; each connection needs one`,
      `Raise the limit: LimitNOFILE=65536 in the service file, or ulimit -n 65536.`,
    ),
  ];
}

function checkClock(): Finding {
  const clock = findingsFor("clock");
  const now = new Date();
  const text = now.toISOString().replace(/\.\d+/, "");
  if (now.getTime() < earliestPlausibleMs) {
    return clock.problem(`system time is ${text}`, "Set the clock: messages and certificates depend on it.");
  }
  const service = "/run/systemd/timesync";
  if (existsSync(service) && !existsSync(`${service}/synchronized`)) {
    return clock.warning(`${text}, not synchronised`, "See timedatectl status.");
  }
  return clock.ok(text);
}
