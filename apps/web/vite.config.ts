import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  // The page works under any path, and nothing about a server is built in.
  base: "./",
  plugins: [svelte()],
  resolve: { conditions: ["@asterite/source", ...defaultClientConditions] },
  build: {
    target: "es2023",
    // An inlined picture or script would need an exception in the content-security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
