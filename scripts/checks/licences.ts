import satisfies from "spdx-satisfies";
import { type Check, verdict } from "../lib/check.ts";
import { isFromRegistry, readLockfile } from "../lib/lockfile.ts";

/** Permissive licences: users may ship these packages in a proprietary program. */
const accepted = ["MIT", "ISC", "BSD-3-Clause", "0BSD", "Apache-2.0", "Unlicense"];

/**
 * Weak copyleft, accepted by name: the packages are used unchanged, as files of their own, and only the audio
 * node needs them.
 */
const acceptedByName: Readonly<Record<string, string>> = {
  "codec-parser": "LGPL-3.0-or-later",
};

const isAccepted = (path: string, licence: string): boolean => {
  if (acceptedByName[path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)] === licence)
    return true;
  try {
    return satisfies(licence, accepted);
  } catch {
    return false;
  }
};

export const licences: Check = {
  name: "licences",
  describe: `every runtime dependency has one of the licences ${accepted.join(", ")}`,
  run() {
    const dependencies = Object.entries(readLockfile().packages).filter(
      ([path, entry]) => isFromRegistry(path, entry) && entry.dev !== true,
    );
    const findings = dependencies
      .filter(([path, { license }]) => license === undefined || !isAccepted(path, license))
      .map(([path, { version, license }]) => `${path} ${version}: ${license ?? "has no licence"}`);
    return Promise.resolve(verdict(findings, `${dependencies.length} dependencies`));
  },
};
