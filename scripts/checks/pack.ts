import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";
import { startCommands, startServices } from "../lib/pack/bin.ts";
import { bundleForBrowsers } from "../lib/pack/browser.ts";
import { compileAgainst, importPackages, installPackages } from "../lib/pack/consumer.ts";
import { packAll } from "../lib/pack/pack-all.ts";
import { playFiles } from "../lib/pack/playback.ts";
import { lintTarball } from "../lib/pack/tarball.ts";
import { publishedPackages, type WorkspacePackage } from "../lib/workspace.ts";

async function inspect(packages: readonly WorkspacePackage[], folder: string) {
  const packed = await packAll(packages, folder);
  const findings = (await Promise.all(packed.map(lintTarball))).flat();
  const consumer = join(folder, "consumer");
  await installPackages(consumer, packed);
  const commands = packages.filter(({ manifest }) => manifest.bin);
  const bundles = await bundleForBrowsers(consumer, packages);
  findings.push(
    ...(await importPackages(consumer, packages)),
    ...(await compileAgainst(consumer, packages)),
    ...(await startCommands(consumer, commands)),
    ...(await playFiles(consumer)),
    ...(await Promise.all(commands.map((command) => startServices(consumer, command)))).flat(),
    ...bundles.findings,
  );
  const note = [`${packed.length} packages`, ...bundles.sizes].join(", ");
  return verdict(findings, note);
}

export const pack: Check = {
  name: "pack",
  describe:
    "the published packages build, pack, install, load on Node 22 and 24, bundle for browsers, start all services, and play files of every decoder and an HLS stream",
  async run() {
    const { code, output } = await runTool("scripts/build.ts", []);
    if (code !== 0) return verdict(output || `the build ended with exit code ${code}`);
    const folder = mkdtempSync(join(tmpdir(), "asterite-pack-"));
    try {
      return await inspect(publishedPackages(), folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
