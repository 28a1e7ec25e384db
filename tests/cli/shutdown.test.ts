// What becomes of a process whose parent has died.

import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";

const lifetime = new URL("../../apps/cli/src/shutdown.ts", import.meta.url).href;

it("a process that is left alone ends, even if what it does at its end never does", {
  timeout: 90_000,
}, async () => {
  const script = join(await temporaryFolder(), "hangs.mjs");
  const text = `import { untilAskedToStop } from ${JSON.stringify(lifetime)};
    setInterval(() => {}, 1000);
    process.send("here");
    await untilAskedToStop();`;
  await writeFile(script, text);
  const child = fork(script, { execArgv: [], stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  child.disconnect();
  const [code] = await once(child, "exit");
  expect(code).toBe(1);
});
