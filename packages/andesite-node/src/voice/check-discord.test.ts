import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { discordChecks } from "./check-discord.ts";
import { encryptionModes } from "./transport-cipher.ts";

test("what Discord calls need is there", async () => {
  expect(discordChecks.ciphers()).toEqual(encryptionModes);
  expect(await discordChecks.endToEnd()).toMatch(/^\d+\.\d+/);
  expect(await discordChecks.opus()).toBe("wasm");
  expect(await discordChecks.udp()).toBeGreaterThan(0);
});

test("a library that does not load is an error and not the end", async () => {
  // Its loader takes the file that this variable names, which is none.
  const code = `
    import { discordChecks } from ${JSON.stringify(import.meta.resolve("./check-discord.ts"))};
    await discordChecks.endToEnd().then(() => console.log("loaded"), (error) => console.log("said", typeof error.message));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@asterite/source", "--input-type=module", "--eval", code],
    { env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: "/nowhere/davey.node" } },
  );
  expect(stdout.trim()).toBe("said string");
});
