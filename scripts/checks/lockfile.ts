import { type Check, verdict } from "../lib/check.ts";
import { findLockfileProblems, readLockfile } from "../lib/lockfile.ts";

export const lockfile: Check = {
  name: "lockfile",
  describe: "every package of the registry in package-lock.json has an integrity hash, and none an address",
  run() {
    const lock = readLockfile();
    return Promise.resolve(
      verdict(findLockfileProblems(lock), `${Object.keys(lock.packages).length} entries`),
    );
  },
};
