import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { discordChecks } from "./check-discord.ts";
import { encryptionModes } from "./transport-cipher.ts";

it("passes all checks on this machine", async () => {
  expect(discordChecks.ciphers()).toEqual(encryptionModes);
  expect(await discordChecks.endToEnd()).toMatch(/^\d+\.\d+/);
  expect(await discordChecks.opus()).toBe("wasm");
  expect(await discordChecks.udp()).toBeGreaterThan(0);
});

it("reports a native library that does not load as an error without ending the process", async () => {
  // The loader of the library uses the file in this environment variable, which does not exist.
  const code = `
    import { discordChecks } from ${JSON.stringify(import.meta.resolve("./check-discord.ts"))};
    await discordChecks.endToEnd().then(() => console.log("loaded"), (error) => console.log("error", typeof error.message));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@asterite/source", "--input-type=module", "--eval", code],
    { env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: "/nowhere/davey.node" } },
  );
  expect(stdout.trim()).toBe("error string");
});
