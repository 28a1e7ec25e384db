import { createHash } from "node:crypto";
import type { Plugin, Rolldown } from "vite";

/** Parts that are cached when they are used: each is large, or one of many. */
const optional = /highlight|virtual:emoji/;
const publicFiles = ["icon.svg", "manifest.webmanifest"];

/** Returns the scripts that the page may load, and their styles. */
function filesOf(bundle: Rolldown.OutputBundle, entry: Rolldown.OutputChunk): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const file = bundle[name];
    if (file?.type !== "chunk" || found.has(name) || optional.test(file.facadeModuleId ?? "")) return;
    found.add(name);
    for (const imported of [...file.imports, ...file.dynamicImports]) add(imported);
  };
  add(entry.fileName);
  const styles = Object.keys(bundle).filter((name) => name.endsWith(".css"));
  return [...found, ...styles, ...publicFiles].sort();
}

/** Builds `service-worker.js` with the list of the application's files. */
export function serviceWorker(): Plugin {
  const fileName = "service-worker.js";
  return {
    name: "service-worker",
    apply: "build",
    buildStart() {
      this.emitFile({ type: "chunk", id: "/src/service-worker.ts", fileName });
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        const entry = chunks.find((chunk) => chunk.isEntry && chunk.fileName !== fileName);
        const worker = chunks.find((chunk) => chunk.fileName === fileName);
        if (!entry || !worker) this.error("the page or the service worker was not built");
        if (worker.imports.length > 0) this.error(`${fileName} imports ${worker.imports.join(", ")}`);
        const files = filesOf(bundle, entry);
        const version = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 12);
        worker.code = `const precached=${JSON.stringify({ version, files })};${worker.code}`;
      },
    },
  };
}
