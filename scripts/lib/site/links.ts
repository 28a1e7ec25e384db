import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { inflateSync } from "node:zlib";

/** Links and link targets of a file of the site. */
interface SiteFile {
  readonly targets: readonly string[];
  readonly ids: ReadonlySet<string>;
  /** Resources that a browser loads with the file. */
  readonly fetched: readonly string[];
}

/** An element of the navigation, as TypeDoc writes it. */
interface NavigationElement {
  readonly path?: string;
  readonly children?: readonly NavigationElement[];
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

const decode = (text: string): string =>
  text
    .replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name] ?? "")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

const isElsewhere = (target: string): boolean => /^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target);

const tag = /<([a-z][a-z\d-]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*\/?>/gi;

const attribute = /\s([^\s=>"]+)="([^"]*)"/g;

function readHtml(text: string): SiteFile {
  const targets: string[] = [];
  const ids = new Set<string>();
  const fetched: string[] = [];
  const withoutScripts = text.replace(/(<script\b[^>]*>).*?(?=<\/script>)/gis, "$1");
  for (const [, name = "", attributes = ""] of withoutScripts.matchAll(tag)) {
    for (const [, key, raw = ""] of attributes.matchAll(attribute)) {
      const value = decode(raw);
      if (key === "id") ids.add(value);
      if (key !== "href" && key !== "src") continue;
      targets.push(value);
      if (name.toLowerCase() !== "a") fetched.push(value);
    }
  }
  return { targets, ids, fetched };
}

function readStyle(text: string): SiteFile {
  const fetched = [...text.matchAll(/(?:url\(|@import\s+)\s*["']?([^"')\s]+)/g)].map(
    ([, target = ""]) => target,
  );
  const own = fetched.filter((target) => !target.startsWith("data:") && !target.startsWith("#"));
  return { targets: own, ids: new Set(), fetched: own };
}

/** Reads the paths of the navigation, which are relative to the site's root. */
function readNavigation(text: string): string[] {
  const packed = /"([^"]+)"/.exec(text)?.[1];
  if (packed === undefined) throw new Error("navigation.js has no navigation");
  const paths = (elements: readonly NavigationElement[]): string[] =>
    elements.flatMap(({ path, children }) => [
      ...(path === undefined ? [] : [path]),
      ...paths(children ?? []),
    ]);
  return paths(JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()));
}

function readSite(folder: string): Map<string, SiteFile> {
  const files = new Map<string, SiteFile>();
  for (const path of globSync("**/*.{html,css}", { cwd: folder }).toSorted()) {
    const text = readFileSync(join(folder, path), "utf8");
    files.set(path, path.endsWith(".html") ? readHtml(text) : readStyle(text));
  }
  const navigation = "assets/navigation.js";
  if (existsSync(join(folder, navigation))) {
    const targets = readNavigation(readFileSync(join(folder, navigation), "utf8"));
    files.set(navigation, { targets: targets.map((path) => `../${path}`), ids: new Set(), fetched: [] });
  }
  return files;
}

/** Returns the problem with a link on a page of the site, or an empty string. */
function findFault(
  folder: string,
  files: ReadonlyMap<string, SiteFile>,
  from: string,
  target: string,
): string {
  const [rawPath = "", anchor] = target.split("#", 2);
  if (rawPath.startsWith("/")) return "is absolute";
  const joined = rawPath === "" ? from : normalize(join(dirname(from), decodeURIComponent(rawPath)));
  const path = joined.endsWith("/") ? join(joined, "index.html") : joined;
  if (path.startsWith("..")) return "leaves the site";
  const file = files.get(path);
  if (!file && !statSync(join(folder, path), { throwIfNoEntry: false })?.isFile()) return "does not exist";
  if (anchor && file && !file.ids.has(decodeURIComponent(anchor))) return `has no #${anchor}`;
  return "";
}

/** Result of checking a site. */
interface SiteReport {
  readonly findings: readonly string[];
  readonly pages: number;
  readonly links: number;
}

/** Follows every link of a built site, including its navigation, and reports resources of other origins. */
export function checkSite(folder: string): SiteReport {
  const files = readSite(folder);
  const findings: string[] = [];
  let links = 0;
  for (const [path, { targets, fetched }] of files) {
    for (const target of fetched) {
      if (isElsewhere(target) && !target.startsWith("data:")) findings.push(`${path} fetches ${target}`);
    }
    for (const target of new Set(targets)) {
      if (isElsewhere(target)) continue;
      links++;
      const fault = findFault(folder, files, path, target);
      if (fault) findings.push(`${path}: ${target} ${fault}`);
    }
  }
  const pages = [...files.keys()].filter((path) => path.endsWith(".html")).length;
  return { findings, pages, links };
}
