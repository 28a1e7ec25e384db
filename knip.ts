import type { KnipConfig } from "knip";

const config: KnipConfig = {
  // A test compares with it where it is installed.
  ignoreBinaries: ["ffmpeg"],
  workspaces: {
    ".": {
      entry: ["scripts/*.{ts,mjs}", "bench/*.ts"],
      project: ["scripts/**/*.{ts,mjs}", "bench/**/*.ts", "*.ts"],
      // Run by the path of their program, never imported and not by the name of a command.
      ignoreDependencies: ["@biomejs/biome", "node", "node22", "ts7"],
    },
    "packages/*": { project: ["src/**/*.ts"] },
    "apps/*": { project: ["src/**/*.ts", "bin/**/*.js"] },
    // Programs of their own, which a benchmark starts, are entries too.
    bench: { entry: ["*.ts", "*/{bare,generator}.ts"], project: ["**/*.ts"] },
    examples: { entry: ["*.ts", "*/main.ts"], project: ["**/*.ts"] },
    tests: { entry: ["web/screenshots.ts"], project: ["**/*.ts"] },
  },
};

export default config;
