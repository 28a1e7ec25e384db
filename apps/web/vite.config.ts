import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";
import { emojiTable } from "./server/emoji-table.ts";
import { serviceWorker } from "./server/service-worker.ts";

/** Provides the modules `virtual:emoji-en` and `virtual:emoji-de`. */
const emojiTables: Plugin = {
  name: "emoji-tables",
  resolveId: (id) => (/^virtual:emoji-(?:en|de)$/.test(id) ? `\0${id}` : undefined),
  load: (id) => {
    const language = /^\0virtual:emoji-(en|de)$/.exec(id)?.[1];
    if (language !== "en" && language !== "de") return undefined;
    return `export default ${JSON.stringify(emojiTable(language))};`;
  },
};

export default defineConfig({
  // Relative URLs, so that the client works under any path.
  base: "./",
  plugins: [svelte(), emojiTables, serviceWorker()],
  resolve: { conditions: ["@asterite/source", ...defaultClientConditions] },
  // Only modules can load further files, such as the grammars of the highlighting.
  worker: { format: "es" },
  build: {
    target: "es2023",
    // Inlined images and scripts would violate the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The entry lists the names of all chunks, of which the hashes do not compress.
    rolldownOptions: {
      output: {
        chunkFileNames: "assets/[name]-[hash:7].js",
        assetFileNames: "assets/[name]-[hash:7][extname]",
      },
    },
    reportCompressedSize: false,
  },
});
