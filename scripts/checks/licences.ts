import satisfies from "spdx-satisfies";
import { type Check, verdict } from "../lib/check.ts";
import { isFromRegistry, readLockfile } from "../lib/lockfile.ts";

/** Permissive licences: users may ship these packages in a proprietary program. */
const accepted = ["MIT", "ISC", "BSD-3-Clause", "0BSD", "Apache-2.0", "Unlicense"];

const isAccepted = (licence: string): boolean => {
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
      .filter(([, { license }]) => license === undefined || !isAccepted(license))
      .map(([path, { version, license }]) => `${path} ${version}: ${license ?? "has no licence"}`);
    return Promise.resolve(verdict(findings, `${dependencies.length} dependencies`));
  },
};
