// The first program of the package's README, on a real node with the sample tracks of the command.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNode } from "@asterite/andesite-node";
import { launchNode } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("plays a track, and prints its start, its position and its end", async () => {
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { musicFolders: [join(root, "apps/cli/assets/music")], sources: { local: true } },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const readme = await readFile(join(root, "packages/andesite/README.md"), "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  // Inside the repository, where the import resolves.
  const folder = join(root, ".tmp/readme-program");
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const file = join(folder, "program.ts");
  await writeFile(file, program.replaceAll("localhost:5000", `127.0.0.1:${node.port}`));

  const run = await launchNode(file, []);
  const exit = await run.exited;
  expect({ exit, stderr: run.stderr }).toMatchObject({ exit: { code: 0 }, stderr: [] });
  expect(run.stdout[0]).toMatch(/^(?:started: .*Lanterns|at 0 s)$/);
  expect(run.stdout).toContainEqual(expect.stringMatching(/^started: .*Lanterns$/));
  expect(run.stdout.at(-1)).toBe("ended: FINISHED");
  expect(run.stdout.filter((line) => /^at [\d.]+ s$/.test(line)).length).toBeGreaterThanOrEqual(1);
}, 60_000);
