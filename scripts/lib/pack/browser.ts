import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { exportedSubpaths, hasBrowserCondition, type WorkspacePackage } from "../workspace.ts";

/** Result of bundling. */
export interface BrowserBundles {
  readonly findings: readonly string[];
  /** Name and size of each bundle. */
  readonly sizes: readonly string[];
}

/** Bundles the installed packages that support browsers, and reports imports that browsers do not have. */
export async function bundleForBrowsers(
  folder: string,
  packages: readonly WorkspacePackage[],
): Promise<BrowserBundles> {
  const findings: string[] = [];
  const sizes: string[] = [];
  for (const pkg of packages.filter(hasBrowserCondition)) {
    for (const subpath of exportedSubpaths(pkg)) {
      const name = pkg.manifest.name + subpath.slice(1);
      const input = join(folder, "browser.js");
      writeFileSync(input, `export * from ${JSON.stringify(name)};\n`);
      const bundle = await rolldown({
        input,
        cwd: folder,
        platform: "browser",
        onLog: (level, log) => {
          if (level === "warn")
            findings.push(`${name} in a browser: ${stripVTControlCharacters(log.message)}`);
        },
      });
      const { output } = await bundle.generate({ format: "esm", minify: true });
      await bundle.close();
      const chunks = output.filter((chunk) => chunk.type === "chunk");
      const files = new Set(chunks.map(({ fileName }) => fileName));
      for (const missing of chunks.flatMap(({ imports, dynamicImports }) => [
        ...imports,
        ...dynamicImports,
      ])) {
        if (!files.has(missing)) findings.push(`${name} in a browser: imports ${missing}`);
      }
      const code = chunks.map((chunk) => chunk.code).join("");
      if (/["'`]node:/.test(code)) findings.push(`${name} in a browser: mentions a node: module`);
      const kilobytes = (gzipSync(code).byteLength / 1000).toFixed(1);
      sizes.push(`${name} in a browser ${kilobytes} kB gzip`);
    }
  }
  return { findings, sizes };
}
