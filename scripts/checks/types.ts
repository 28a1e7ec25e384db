import { type Check, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";

export const types: Check = {
  name: "types",
  describe: "the TypeScript compiler accepts the whole workspace",
  async run() {
    const { code, output } = await runTool("node_modules/ts7/bin/tsc", ["-p", ".", "--pretty", "false"]);
    return verdict(code === 0 ? "" : output || `exit code ${code}`);
  },
};
