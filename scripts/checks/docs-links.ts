import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path/posix";
import { type Check, verdict } from "../lib/check.ts";
import { type Link, listFiles, type Markdown, markdownFiles, readIfPresent } from "../lib/markdown.ts";
import { findBrokenReferences, protocolFolder, readProtocolDocument } from "../lib/protocol-references.ts";
import { root } from "../lib/workspace.ts";

const hasScheme = (target: string): boolean => /^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target);

/** Returns the problem with a link, or an empty string. */
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

/** Resolves every reference to a section of a protocol document, in sources, tests and pages. */
async function checkReferences(pages: Iterable<string>): Promise<{ findings: string[]; count: number }> {
  const documents = new Map(
    [...pages]
      .filter((path) => dirname(path) === protocolFolder)
      .map((path) => [
        basename(path, ".md"),
        readProtocolDocument(path, readFileSync(join(root, path), "utf8")),
      ]),
  );
  const findings: string[] = [];
  let count = 0;
  for (const path of await listFiles("*.md", "*.ts", "*.mjs", "*.svelte")) {
    // The resolver and its test contain references as examples.
    if (path.startsWith("scripts/lib/protocol-references.")) continue;
    const result = findBrokenReferences(path, readIfPresent(path) ?? "", documents);
    count += result.count;
    findings.push(...result.broken.map(({ line, problem }) => `${path}:${line} ${problem}`));
  }
  return { findings, count };
}

export const docsLinks: Check = {
  name: "docs-links",
  describe: "links in Markdown and references to sections of the protocols resolve",
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
    const references = await checkReferences(files.keys());
    findings.push(...references.findings);
    return verdict(findings, `${count} links, ${references.count} references to sections`);
  },
};
