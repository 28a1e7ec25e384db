import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { root } from "./workspace.ts";

/** A fenced block of code. */
export interface CodeBlock {
  /** Line number of its first line of code, from 1. */
  readonly line: number;
  /** The first word after the fence, in lower case. */
  readonly language: string;
  /** The other words after the fence. */
  readonly flags: readonly string[];
  readonly code: string;
}

/** A link or image. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** A parsed Markdown file. */
export interface Markdown {
  /** From the workspace's root. */
  readonly path: string;
  readonly blocks: readonly CodeBlock[];
  readonly links: readonly Link[];
  /** Fragments that links to it may use. */
  readonly anchors: ReadonlySet<string>;
}

/** Returns GitHub's fragment of a heading: lower case, no punctuation, hyphens for spaces. */
const slug = (heading: string): string =>
  heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[^>]*>/g, "")
    .trim()
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, "")
    .replaceAll(" ", "-");

const linkPatterns = [
  /\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)/g,
  /^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/g,
  /<(?:a|img|source)\b[^>]*?\b(?:href|src)="([^"]+)"/g,
];

/** Parses one Markdown text; `path` is passed through. */
export function parseMarkdown(path: string, text: string): Markdown {
  const blocks: CodeBlock[] = [];
  const links: Link[] = [];
  const anchors = new Set<string>();
  let open: { fence: string; indent: number; info: string[]; line: number; code: string[] } | undefined;

  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open) {
      if (fence?.[2]?.startsWith(open.fence) && fence[3] === "") {
        const [language = "", ...flags] = open.info;
        blocks.push({ line: open.line, language: language.toLowerCase(), flags, code: open.code.join("\n") });
        open = undefined;
      } else {
        // A block inside a list is indented as its fence.
        open.code.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
      }
      continue;
    }
    if (fence?.[2]) {
      const info = (fence[3] ?? "").split(/\s+/).filter(Boolean);
      open = { fence: fence[2], indent: fence[1]?.length ?? 0, info, line: index + 2, code: [] };
      continue;
    }
    const heading = /^ {0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading !== undefined) {
      const base = slug(heading);
      let anchor = base;
      for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
      anchors.add(anchor);
    }
    for (const [, id] of line.matchAll(/<\w+[^>]*\b(?:id|name)="([^"]+)"/g)) if (id) anchors.add(id);
    const prose = line.replace(/(`+)(?:(?!\1).)*?\1/g, "");
    for (const pattern of linkPatterns) {
      for (const [, target] of prose.matchAll(pattern)) if (target) links.push({ line: index + 1, target });
    }
  }
  return { path, blocks, links, anchors };
}

/**
 * Lists the files that git tracks or would add, by patterns such as `*.md`; paths from the workspace's root.
 */
export async function listFiles(...patterns: string[]): Promise<string[]> {
  const options = ["-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const { code, output } = await runCommand("git", ["ls-files", ...options, ...patterns]);
  if (code !== 0) throw new Error(`git ls-files failed: ${output}`);
  return output.split("\0").filter(Boolean);
}

/** Parses every Markdown file that git tracks or would add. */
export async function markdownFiles(): Promise<Markdown[]> {
  const paths = await listFiles("*.md");
  return paths.flatMap((path) => {
    const text = readIfPresent(path);
    return text === undefined ? [] : [parseMarkdown(path, text)];
  });
}

/** Reads a listed file; undefined if it was deleted and the deletion is not committed yet. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
