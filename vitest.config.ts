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
    // Files share the modules of their worker, as loading them took a third of the time; they leave no state behind.
    isolate: false,
    // Most tests wait for sockets, processes and audio in real time, not for CPU.
    maxWorkers: 3,
    testTimeout: 20_000,
    // Hooks wait for processes and database servers to exit, and assert nothing.
    hookTimeout: 60_000,
    // Reached only on failure; a busy machine may need more than the default second.
    expect: { poll: { timeout: 10_000 } },
    typecheck: {
      enabled: true,
      include: ["{packages,apps}/*/src/**/*.test-d.ts"],
      checker: "node_modules/ts7/bin/tsc",
    },
  },
});
