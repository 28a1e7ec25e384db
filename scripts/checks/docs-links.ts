import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { type Check, verdict } from "../lib/check.ts";
import { type Link, type Markdown, markdownFiles } from "../lib/markdown.ts";
import { root } from "../lib/workspace.ts";

const hasScheme = (target: string): boolean => /^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target);

/** What is wrong with a link, or nothing. */
function findFault({ path }: Markdown, { target }: Link, files: ReadonlyMap<string, Markdown>): string {
  const [rawFile = "", anchor] = target.split("#", 2);
  const file = rawFile === "" ? path : normalize(join(dirname(path), decodeURIComponent(rawFile)));
  if (rawFile.startsWith("/")) return "is absolute; write it relative to the file";
  if (file.startsWith("..")) return "leaves the repository";
  if (!existsSync(join(root, file))) return "does not exist";
  const linked = files.get(file);
  if (anchor && linked && !linked.anchors.has(anchor)) return `has no heading #${anchor}`;
  return "";
}

export const docsLinks: Check = {
  name: "docs-links",
  describe: "relative links in Markdown lead to files and headings that exist",
  async run() {
    const files = new Map((await markdownFiles()).map((file) => [file.path, file]));
    const findings: string[] = [];
    let count = 0;
    for (const file of files.values()) {
      for (const link of file.links) {
        if (hasScheme(link.target)) continue;
        count++;
        const fault = findFault(file, link, files);
        if (fault) findings.push(`${file.path}:${link.line} ${link.target} ${fault}`);
      }
    }
    return verdict(findings, `${count} links`);
  },
};
