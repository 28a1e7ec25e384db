import { type Check, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";

export const lint: Check = {
  name: "lint",
  describe: "format and lint rules (npm run format applies the safe fixes)",
  async run() {
    const args = ["check", "--error-on-warnings", "--max-diagnostics=200", "--colors=off", "."];
    const { code, output } = await runTool("node_modules/@biomejs/biome/bin/biome", args);
    return verdict(code === 0 ? "" : output);
  },
};
