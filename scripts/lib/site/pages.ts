import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path/posix";
import { type Markdown, markdownFiles } from "../markdown.ts";
import { display, publishedPackages, root, type WorkspacePackage } from "../workspace.ts";
import { describeDiagram } from "./diagram.ts";

/** One page that is written by hand, or shows a file. */
export interface Page {
  /** The file or folder that links name, from the workspace's root. */
  readonly path: string;
  readonly title: string;
  /** The heading above it in the navigation. */
  readonly group: string;
  readonly text: string;
}

/** The navigation: headings and what stands below each, in this order. A folder stands for all that it holds. */
const chapters: Readonly<Record<string, readonly string[]>> = {
  "Host chat and music": [
    "apps/cli/README.md",
    "docs/guides/install-from-tarballs.md",
    "docs/guides/run-at-home.md",
    "docs/guides/web-client.md",
    "docs/guides/music-bot.md",
    "docs/guides/moderate.md",
    "docs/guides/upgrade.md",
    "docs/guides/back-up.md",
    "docs/guides/move-from-upstream.md",
    "deploy/README.md",
    "docs/guides/scaling.md",
  ],
  "Write bots and chat clients": [
    "docs/guides/first-bot.md",
    "docs/guides/commands-and-permissions.md",
    "docs/guides/reconnecting.md",
    "docs/guides/browser-clients.md",
  ],
  "Write music bots": [
    "docs/guides/andesite-pools-and-failover.md",
    "docs/guides/andesite-on-discord.md",
    "examples/discord-music-bot/README.md",
  ],
  "Run an audio node": [
    "docs/guides/audio-node.md",
    "docs/guides/audio-sources.md",
    "docs/guides/audio-filters.md",
  ],
  Protocols: [
    "docs/protocol/aster.md",
    "docs/aster-extensions.md",
    "docs/protocol/andesite.md",
    "docs/andesite-extensions.md",
    "docs/protocol/andesite-client-contract.md",
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

/** Where the files go that pages show. */
const fileGroup = "Files";

/** Every heading of the navigation that pages have, in its order. */
export const pageGroups: readonly string[] = [...Object.keys(chapters), fileGroup];

/** The packages that programs import. */
export const referencePackages = (): WorkspacePackage[] =>
  publishedPackages().filter(({ manifest }) => manifest.bin === undefined);

/** The Markdown of a package, which stands above its reference. */
export const packageReadme = ({ folder }: WorkspacePackage): string => `${display(folder)}/README.md`;

/** The start page. */
export const startPage = "README.md";

/** Markdown that is no page: about material of the tests, and templates. */
const internal = /^(?:packages\/testkit\/media\/README\.md$|\.github\/)/;

const pictures = new Set([".png", ".jpg", ".svg", ".webp"]);

const languages: Readonly<Record<string, string>> = {
  ".ts": "ts",
  ".json": "json",
  ".yaml": "yaml",
  ".yml": "yaml",
  ".service": "ini",
};

/** Markdown as a page shows it: diagrams become words, because drawing them takes a program from elsewhere. */
export function readPage(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  return text.replace(/^```mermaid\n(.*?)^```$/gms, (_, code: string) => describeDiagram({ code }));
}

const titleOf = (text: string, path: string): string => {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined) throw new Error(`${path} has no title`);
  return title;
};

/** A fence that is longer than every one in the text. */
const fenceFor = (text: string): string =>
  "`".repeat(Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);

function showFile(path: string, level: "#" | "##"): string {
  const text = readFileSync(join(root, path), "utf8");
  const fence = fenceFor(text);
  return `${level} ${basename(path)}\n\n${fence}${languages[extname(path)] ?? ""}\n${text.trimEnd()}\n${fence}`;
}

/** A file that a page links to, or all files of a folder one below the other. */
function filePage(path: string): Page {
  const isFolder = statSync(join(root, path)).isDirectory();
  const files = isFolder ? readdirSync(join(root, path)).toSorted() : [];
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
 * Every page that is written by hand, in the order of the navigation, and after them one for each file that they link to.
 *
 * @throws Error about Markdown that the navigation does not name, and the other way round.
 */
export async function readPages(): Promise<Page[]> {
  const files = (await markdownFiles()).filter(({ path }) => !internal.test(path));
  const elsewhere = [startPage, ...referencePackages().map(packageReadme)];
  const unplaced = new Set(files.map(({ path }) => path).filter((path) => !elsewhere.includes(path)));
  const pages = Object.entries(chapters).flatMap(([group, entries]) =>
    entries.flatMap((entry) => {
      const found = [...unplaced].filter((path) => path === entry || path.startsWith(`${entry}/`));
      if (found.length === 0) throw new Error(`the navigation names ${entry}, which is not there`);
      return found.map((path): Page => {
        unplaced.delete(path);
        const text = readPage(path);
        return { path, group, text, title: titleOf(text, path) };
      });
    }),
  );
  if (unplaced.size > 0) throw new Error(`no place in the navigation: ${[...unplaced].join(", ")}`);
  return [...pages, ...linkedFiles(files).map(filePage)];
}
