import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path/posix";
import { type Markdown, markdownFiles } from "../markdown.ts";
import { display, publishedPackages, root, type WorkspacePackage } from "../workspace.ts";
import { describeDiagram } from "./diagram.ts";

/** A hand-written page, or one that shows a file. */
export interface Page {
  /** Linked file or folder, from the workspace's root. */
  readonly path: string;
  readonly title: string;
  /** Its heading in the navigation. */
  readonly group: string;
  readonly text: string;
}

/** The navigation: headings with their pages, in order. A folder stands for all pages in it. */
const chapters: Readonly<Record<string, readonly string[]>> = {
  "Host chat and music": [
    "apps/cli/README.md",
    "docs/guides/install-from-tarballs.md",
    "docs/guides/run-at-home.md",
    "docs/guides/web-client.md",
    "docs/guides/music-bot.md",
    "docs/guides/moderate.md",
    "docs/guides/security.md",
    "docs/guides/upgrade.md",
    "docs/guides/backup.md",
    "docs/guides/move-from-upstream.md",
    "deploy/README.md",
    "docs/guides/scaling.md",
  ],
  "Write bots and chat clients": [
    "docs/guides/first-bot.md",
    "docs/guides/commands.md",
    "docs/guides/commands-and-permissions.md",
    "docs/guides/reconnecting.md",
    "docs/guides/browser-clients.md",
    "docs/guides/run-a-bot.md",
    "docs/guides/troubleshooting.md",
  ],
  "Write music bots": [
    "docs/guides/andesite-pools-and-failover.md",
    "docs/guides/andesite-on-discord.md",
    "docs/guides/lavalink-nodes.md",
    "examples/discord-music-bot/README.md",
  ],
  "Coming from another library": ["docs/guides/coming-from"],
  "Run an audio node": [
    "docs/guides/audio-node.md",
    "docs/guides/instead-of-lavalink.md",
    "docs/guides/audio-sources.md",
    "docs/guides/audio-filters.md",
  ],
  Protocols: [
    "docs/protocol/aster.md",
    "docs/aster-extensions.md",
    "docs/protocol/andesite.md",
    "docs/andesite-extensions.md",
    "docs/protocol/andesite-client-contract.md",
    "docs/contract",
    "docs/protocol/track-format.md",
    "docs/protocol/lavalink-4.md",
    "docs/music-state.md",
  ],
  "About the project": [
    "CHANGELOG.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/style.md",
    "bench/RESULTS.md",
    "apps/web/README.md",
  ],
  Decisions: ["docs/decisions"],
};

/** Heading of the files that pages link to. */
const fileGroup = "Files";

/** Headings of the navigation, in order. */
export const pageGroups: readonly string[] = [...Object.keys(chapters), fileGroup];

/** Returns the packages that programs import. */
export const referencePackages = (): WorkspacePackage[] =>
  publishedPackages().filter(({ manifest }) => manifest.bin === undefined);

/** Returns the README of a package, which is shown above its reference. */
export const packageReadme = ({ folder }: WorkspacePackage): string => `${display(folder)}/README.md`;

/** Path of the start page. */
export const startPage = "README.md";

/** Markdown files that are not pages: notes on test media, and templates. */
const internal = /^(?:packages\/testkit\/media\/README\.md$|\.github\/)/;

const pictures = new Set([".png", ".jpg", ".svg", ".webp"]);

const languages: Readonly<Record<string, string>> = {
  ".ts": "ts",
  ".json": "json",
  ".yaml": "yaml",
  ".yml": "yaml",
  ".service": "ini",
};

/** Reads Markdown for a page; diagrams become tables, because rendering them needs another program. */
export function readPage(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  return text.replace(/^```mermaid\n(.*?)^```$/gms, (_, code: string) => describeDiagram({ code }));
}

const titleOf = (text: string, path: string): string => {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined) throw new Error(`${path} has no title`);
  return title;
};

/** Returns a fence longer than every one in the text. */
const fenceFor = (text: string): string =>
  "`".repeat(Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);

function showFile(path: string, level: "#" | "##"): string {
  const text = readFileSync(join(root, path), "utf8");
  const fence = fenceFor(text);
  return `${level} ${basename(path)}\n\n${fence}${languages[extname(path)] ?? ""}\n${text.trimEnd()}\n${fence}`;
}

/** Returns the names of the files of a folder, without those of its subfolders. */
const filesIn = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted();

/** Returns the page of a linked file, or of all files of a folder. */
function filePage(path: string): Page {
  const isFolder = statSync(join(root, path)).isDirectory();
  const files = isFolder ? filesIn(path) : [];
  const text = isFolder
    ? [`# ${path}`, ...files.map((file) => showFile(join(path, file), "##"))].join("\n\n")
    : showFile(path, "#");
  return { path, title: path, group: fileGroup, text };
}

const linkedFiles = (files: readonly Markdown[]): string[] => {
  const targets = files.flatMap(({ path, links }) =>
    links
      .filter(({ target }) => !/^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i.test(target))
      .map(({ target }) => join(dirname(path), target.split("#", 1)[0] ?? "")),
  );
  const isShown = (path: string): boolean => ![".md", ...pictures].includes(extname(path));
  return [...new Set(targets.filter(isShown))].toSorted();
};

/**
 * Returns all hand-written pages in the order of the navigation, followed by a page for each file that they link to.
 *
 * @throws Error if a Markdown file is missing in the navigation, or an entry of the navigation has no file.
 */
export async function readPages(): Promise<Page[]> {
  const files = (await markdownFiles()).filter(({ path }) => !internal.test(path));
  const placed = [startPage, ...referencePackages().map(packageReadme)];
  const unplaced = new Set(files.map(({ path }) => path).filter((path) => !placed.includes(path)));
  const pages = Object.entries(chapters).flatMap(([group, entries]) =>
    entries.flatMap((entry) => {
      const found = [...unplaced].filter((path) => path === entry || path.startsWith(`${entry}/`));
      if (found.length === 0) throw new Error(`the navigation names ${entry}, which does not exist`);
      return found.map((path): Page => {
        unplaced.delete(path);
        const text = readPage(path);
        return { path, group, text, title: titleOf(text, path) };
      });
    }),
  );
  if (unplaced.size > 0) throw new Error(`missing in the navigation: ${[...unplaced].join(", ")}`);
  return [...pages, ...linkedFiles(files).map(filePage)];
}
