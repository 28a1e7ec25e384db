// Shutdown of a process whose parent has exited.

import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";

const mainScript = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));
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

it.each(["server", "node"])(
  "exits a %s whose parent exits while it starts",
  { timeout: 90_000 },
  async (name) => {
    const cwd = await temporaryFolder();
    const args = name === "server" ? ["--data", "data"] : ["--music", "."];
    const child = fork(mainScript, [name, "--host", "127.0.0.1", "--port", "0", ...args], {
      cwd,
      execArgv: ["--conditions=@asterite/source"],
      stdio: "ignore",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    child.disconnect();
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  },
);
