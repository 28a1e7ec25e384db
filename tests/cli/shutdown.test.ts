// Shutdown of a process whose parent has exited.

import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";

const shutdownModule = new URL("../../apps/cli/src/shutdown.ts", import.meta.url).href;

it("exits an orphaned process even if its cleanup hangs", {
  timeout: 90_000,
}, async () => {
  const script = join(await temporaryFolder(), "hangs.mjs");
  const text = `import { waitForShutdown } from ${JSON.stringify(shutdownModule)};
    setInterval(() => {}, 1000);
    process.send("here");
    await waitForShutdown();`;
  await writeFile(script, text);
  const child = fork(script, { execArgv: [], stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  child.disconnect();
  const [code] = await once(child, "exit");
  expect(code).toBe(1);
});
