import { configDefaults, defineConfig } from "vitest/config";

const conditions = ["@asterite/source", "node", "module"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{packages,apps}/*/src/**/*.test.ts", "{tests,scripts}/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      ...(process.env["ASTERITE_LONG_TESTS"] ? [] : ["**/*.long.test.ts"]),
    ],
    // Most tests wait for sockets, processes and audio in real time, not for a processor.
    maxWorkers: 3,
    testTimeout: 20_000,
    // Hooks wait for processes and whole database servers to end, and judge nothing.
    hookTimeout: 60_000,
    // Only a failure takes so long; a busy machine may need more than the default second.
    expect: { poll: { timeout: 10_000 } },
    typecheck: {
      enabled: true,
      include: ["{packages,apps}/*/src/**/*.test-d.ts"],
      checker: "node_modules/ts7/bin/tsc",
    },
  },
});
