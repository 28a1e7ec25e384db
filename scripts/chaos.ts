// npm run test:chaos [MINUTES [SEED]]: injects random failures into every part of a cluster of chat servers
// under load.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./lib/workspace.ts";

const [minutes = "5", seed = String(Math.floor(Math.random() * 2 ** 31))] = process.argv.slice(2);
if (!(Number(minutes) > 0 && Number(minutes) <= 1_440 && /^\d{1,10}$/.test(seed))) {
  console.error("Usage: npm run test:chaos [MINUTES [SEED]]");
  console.error(
    "MINUTES is a number above 0, at most 1440, default 5. SEED repeats the faults of another run.",
  );
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "tests/aster-cluster/chaos.long.test.ts",
    "--disable-console-intercept",
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      ASTERITE_LONG_TESTS: "1",
      ASTERITE_CHAOS_MINUTES: minutes,
      ASTERITE_CHAOS_SEED: seed,
    },
  },
);
process.exit(status ?? 1);
