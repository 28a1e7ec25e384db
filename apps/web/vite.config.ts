import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  // Relative URLs, so that the client works under any path.
  base: "./",
  plugins: [svelte()],
  resolve: { conditions: ["@asterite/source", ...defaultClientConditions] },
  // Only modules can load further files, such as the grammars of the highlighting.
  worker: { format: "es" },
  build: {
    target: "es2023",
    // Inlined images and scripts would violate the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
