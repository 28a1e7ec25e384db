import type { KnipConfig } from "knip";

const config: KnipConfig = {
  // A test compares with ffmpeg if it is installed.
  ignoreBinaries: ["ffmpeg", "mount", "umount"],
  workspaces: {
    ".": {
      entry: ["scripts/*.{ts,mjs}", "bench/*.ts"],
      project: ["scripts/**/*.{ts,mjs}", "bench/**/*.ts", "*.ts"],
      // Run by the path of their program, neither imported nor run by name.
      ignoreDependencies: ["@biomejs/biome", "@stryker-mutator/*", "node", "node22", "ts7"],
    },
    "packages/*": { project: ["src/**/*.ts"] },
    "apps/*": { project: ["src/**/*.ts", "bin/**/*.js"] },
    "apps/web": {
      entry: ["src/{main,service-worker}.ts", "server/build.ts"],
      project: ["src/**/*.{ts,svelte}", "server/**/*.ts"],
      // Run by the path of its program.
      ignoreDependencies: ["svelte-check"],
    },
    // Benchmarks start these as processes of their own.
    bench: { entry: ["*.ts", "*/{bare,crowd,generator}.ts"], project: ["**/*.ts"] },
    examples: { entry: ["*.ts", "*/main.ts", "bots/*.ts"], project: ["**/*.ts"] },
    // The checker runs in the page and is read as a file.
    tests: { entry: ["web/screenshots.ts"], ignoreDependencies: ["axe-core"], project: ["**/*.ts"] },
  },
};

export default config;
