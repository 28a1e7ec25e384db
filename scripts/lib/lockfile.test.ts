import { expect, it } from "vitest";
import { findLockfileProblems } from "./lockfile.ts";

it("findLockfileProblems reports missing hashes and addresses, and accepts links and bundled packages", () => {
  const packages = {
    "": {},
    "node_modules/good": { version: "1.0.0", integrity: "sha512-x" },
    "node_modules/@asterite/web": { resolved: "apps/web", link: true },
    "apps/web": { version: "0.1.0" },
    "node_modules/good/node_modules/bundled": { version: "2.0.0", inBundle: true },
    "node_modules/bare": { version: "1.2.3" },
    "node_modules/bound": {
      version: "3.0.0",
      integrity: "sha512-y",
      resolved: "https://registry.example/b.tgz",
    },
  };
  expect(findLockfileProblems({ packages })).toEqual([
    "node_modules/bare 1.2.3: has no integrity hash",
    "node_modules/bound 3.0.0: names an address, https://registry.example/b.tgz",
  ]);
});
