// Markdown of the web client: the cost of parsing is proportional to the length of the text, whatever the text is.

import { spawn } from "node:child_process";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseMarkdown } from "@asterite/web/markdown";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";

/** Returns how many steps the parser takes for each text. */
async function countSteps(texts: readonly string[]): Promise<readonly number[]> {
  const program = fileURLToPath(new URL("../support/count-markdown-steps.ts", import.meta.url));
  const options = ["--no-opt", "--no-maglev", "--conditions=@asterite/source"];
  const child = spawn(process.execPath, [...options, program], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill());
  child.stdin.end(JSON.stringify(texts));
  return (await json(child.stdout)) as readonly number[];
}

/** Processor time of this thread in ms, the least of several runs: the time of other processes is no part of it. */
function processorMsFor(text: string): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    parseMarkdown(text);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

const pieces = [
  ..."*_`~|[]()<>!:@#-\\ \nah",
  ...[
    "*a ",
    "**",
    "***a",
    "_a_",
    "[a](",
    "](",
    "![",
    "[x](y)",
    "https://a",
    "https://[",
    "https://a](",
    "www.a.b",
    "<:a:1:",
  ],
  ...[
    "> ",
    "- ",
    "  - ",
    "1. ",
    "- [ ] ",
    "```\n",
    "``",
    "~~a ",
    "||a",
    "|\n-|-\n",
    "|-\n",
    "a|b\n",
    "# ",
    "   ",
    "\t",
  ],
  ...["@a", "。", "(((", ")))", "mailto:", "\n\n", "---\n", "☺️"],
];
const repeated = (piece: string, length: number) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Texts of repeated pieces, one after the other. */
const cases: readonly (readonly string[])[] = [
  ...pieces.map((piece) => [piece]),
  ["https://a", ")"],
  ["*", "a ", "*"],
  ["[", "a", "]"],
  ["[", "@a ", "]"],
  ["# a", " ", "b"],
  ["~~~", "~", "`"],
  ["`", "a`", "a"],
  ["a|\n", " ", "x"],
  ["[", "https://a]"],
  ["*a **b ", "[x](https://a)", "*c** "],
  ["|a|".repeat(20), "\n|-", "\n|"],
];

const textOf = (parts: readonly string[], length: number): string =>
  parts.map((piece) => repeated(piece, length / parts.length)).join("");

describe("the cost of parsing", () => {
  it("takes four times as many steps for four times as many characters", { timeout: 120_000 }, async () => {
    const lengths = [2500, 10_000];
    const counts = await countSteps(cases.flatMap((parts) => lengths.map((length) => textOf(parts, length))));
    for (const [index, parts] of cases.entries()) {
      const [short = 0, long = 0] = counts.slice(2 * index);
      expect(short).toBeGreaterThan(0);
      // Sixteen times as many if it is quadratic. The first texts are short of a piece at their end.
      expect({ parts, growth: long / short }).toSatisfy(({ growth }) => growth < 6);
      expect({ parts, stepsPerCharacter: short / 2500 }).toSatisfy(
        ({ stepsPerCharacter }) => stepsPerCharacter < 100,
      );
    }
  });

  // Steps inside of regular expressions are not counted, only measured: 16 times the length costs 256 times the
  // processor time if it is quadratic.
  it.each(cases)("grows like the length, with regular expressions, for %j %j %j", (...parts) => {
    const [short, long] = [processorMsFor(textOf(parts, 2000)), processorMsFor(textOf(parts, 32_000))];
    expect(long).toBeLessThan(80 * Math.max(short, 0.5));
  });

  it("grows like the length for any sequence of repeated pieces", { timeout: 120_000 }, () => {
    const sequence = fc.array(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(sequence, (parts) => {
        const joined = parts.map((part) => part.join(""));
        const [short, long] = [2000, 32_000].map((length) =>
          processorMsFor(joined.map((part) => repeated(part, length)).join("")),
        );
        expect(long).toBeLessThan(80 * Math.max(short ?? 0, 0.5));
      }),
      { numRuns: 60 },
    );
  });
});
