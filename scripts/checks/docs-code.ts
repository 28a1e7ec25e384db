import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Check, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";
import { type CodeBlock, markdownFiles } from "../lib/markdown.ts";
import { scratch } from "../lib/workspace.ts";

const folder = join(scratch, "docs-code");

const config = {
  extends: "../../tsconfig.json",
  compilerOptions: {
    // Examples cover browsers as well as Node.
    lib: ["esnext", "dom", "dom.iterable"],
    // Examples may declare values without using them.
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ["**/*.ts"],
};

/** Returns the block as a module whose line numbers match the Markdown file. */
const asModule = ({ line, code }: CodeBlock): string => `${"\n".repeat(line - 1)}${code}\n`;

/** Converts `README.md-12.ts(14,3): error …` to `README.md:14:3 error …`. */
const asMarkdownPosition = (text: string): string =>
  text.replace(/^(?:\.tmp\/docs-code\/)?(\S+\.md)-\d+\.ts\((\d+),(\d+)\): /gm, "$1:$2:$3 ");

export const docsCode: Check = {
  name: "docs-code",
  describe: "every ts block in Markdown compiles; `ts no-check` after the fence opts one out",
  async run() {
    rmSync(folder, { recursive: true, force: true });
    let checked = 0;
    let unchecked = 0;
    for (const { path, blocks } of await markdownFiles()) {
      for (const block of blocks) {
        if (block.language !== "ts" && block.language !== "typescript") continue;
        if (block.flags.includes("no-check")) {
          unchecked++;
          continue;
        }
        const file = join(folder, `${path}-${block.line}.ts`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, asModule(block));
        checked++;
      }
    }
    const note = `${checked} blocks, ${unchecked} opted out`;
    if (checked === 0) return verdict("", note);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const args = ["-p", join(folder, "tsconfig.json"), "--pretty", "false"];
    const { code, output } = await runTool("node_modules/ts7/bin/tsc", args);
    if (code !== 0) return verdict(asMarkdownPosition(output) || `exit code ${code}`, note);
    rmSync(folder, { recursive: true, force: true });
    return verdict("", note);
  },
};
