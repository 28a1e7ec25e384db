import { basename, join } from "node:path";
import {
  type Application,
  BaseRouter,
  type Context,
  Converter,
  DocumentReflection,
  MinimalSourceFile,
  normalizePath,
  type ProjectReflection,
  Reflection,
  type RouterTarget,
} from "typedoc";
import { display, exportedEntries, root, type WorkspacePackage } from "../workspace.ts";
import {
  type Page,
  packageReadme,
  pageGroups,
  readPage,
  readPages,
  referencePackages,
  startPage,
} from "./pages.ts";
import { keepTypeNames } from "./type-names.ts";
import { type Entry, openTypedoc } from "./typedoc.ts";

const referenceTitle = "API reference";

/** Order of headings: those of the navigation, of a package and of a class. */
const groupOrder = [
  ...pageGroups.slice(0, 4),
  referenceTitle,
  ...pageGroups.slice(4),
  "Classes",
  "Functions",
  "Interfaces",
  "Type Aliases",
  "Variables",
  "Constructors",
  "Properties",
  "Accessors",
  "Methods",
];

/** Returns the import specifier of an entry. */
const moduleName = ({ pkg, source }: Entry): string => {
  const file = basename(source, ".ts");
  return file === "index" ? pkg.manifest.name : `${pkg.manifest.name}/${file}`;
};

/**
 * Assigns readable paths: `guides/first-bot.html` is docs/guides/first-bot.md, `api/aster/Client.html` is
 * `Client` of the package.
 */
class SiteRouter extends BaseRouter {
  protected override getIdealBaseName(target: RouterTarget): string {
    const names =
      target instanceof Reflection && target.isDocument()
        ? display(target.project.files.getReflectionPath(target) ?? target.name)
            .replace(/^docs\//, "")
            .replace(/(?:\/README)?\.md$/, "")
        : ["api", ...this.#namesOf(target)].join("/");
    return names
      .split("/")
      .map((part) => this.getUrlSafeName(part))
      .join("/");
  }

  #namesOf(target: RouterTarget): string[] {
    if (target instanceof Reflection && target.isProject()) return [];
    const name = target.name.replace(/^@asterite\//, "");
    return target.parent ? [...this.#namesOf(target.parent), name] : [name];
  }
}

/** Parses Markdown into TypeDoc's form, with resolved links. */
function parse(app: Application, project: ProjectReflection, path: string, text: string) {
  const absolute = normalizePath(join(root, path));
  const { content } = app.converter.parseRawComment(new MinimalSourceFile(text, absolute), project.files);
  return { absolute, content };
}

function addPage(app: Application, project: ProjectReflection, page: Page): void {
  const { absolute, content } = parse(app, project, page.path, page.text);
  const document = new DocumentReflection(page.title, project, content, { group: page.group });
  // Search shows pages before symbols.
  document.relevanceBoost = 10;
  project.addChild(document);
  project.registerReflection(document, undefined, absolute);
}

function addReadme(app: Application, project: ProjectReflection, pkg: WorkspacePackage): void {
  const module = project.children?.find(({ name }) => name === pkg.manifest.name);
  if (!module) throw new Error(`${pkg.manifest.name} has no exports`);
  const path = packageReadme(pkg);
  // The page has a title, and the package's own comment repeats the README.
  const { absolute, content } = parse(app, project, path, readPage(path).replace(/^# .*\n/, ""));
  module.readme = content;
  delete module.comment;
  project.files.registerReflectionPath(absolute, module);
}

/** Sorts pages by the navigation; TypeDoc sorts them by name. */
function sortPages(project: ProjectReflection, pages: readonly Page[]): void {
  const order = new Map(pages.map(({ title }, index) => [title, index]));
  for (const { title, children } of project.groups ?? []) {
    if (title === referenceTitle) continue;
    children.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  }
}

/**
 * Writes the documentation as a static site that needs no server: all pages and the reference of the
 * packages.
 *
 * @returns TypeDoc's warnings.
 */
export async function buildSite(folder: string): Promise<readonly string[]> {
  const pages = await readPages();
  const packages = referencePackages();
  const entries = packages.flatMap((pkg) =>
    exportedEntries(pkg).map(({ source }): Entry => ({ pkg, source })),
  );
  const { app, findings } = await openTypedoc(entries, {
    name: "Asterite",
    readme: join(root, startPage),
    customCss: join(root, "scripts/lib/site/site.css"),
    favicon: join(root, "apps/web/public/icon.svg"),
    router: "site",
    // Members inherited from Node's own classes are not documented here.
    excludeExternals: true,
    groupOrder,
    headings: { readme: false, document: false },
    hideGenerator: true,
    highlightLanguages: ["ts", "js", "python", "json", "sh", "ini", "yaml", "docker"],
    includeHierarchySummary: false,
    locales: { en: { kind_plural_module: referenceTitle } },
    navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
    searchInComments: true,
    searchInDocuments: true,
    sort: ["kind", "alphabetical"],
    validation: { notExported: true, invalidLink: true, invalidPath: true },
  });
  app.renderer.defineRouter("site", SiteRouter);
  keepTypeNames(app.converter);
  app.converter.on(Converter.EVENT_BEGIN, ({ project }: Context) => {
    for (const page of pages) addPage(app, project, page);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const pkg of packages) addReadme(app, project, pkg);
  });

  const points = app.getEntryPoints() ?? [];
  if (points.length !== entries.length) return [...findings, "typedoc could not read the entry points"];
  const names = entries.map(moduleName);
  const project = app.converter.convert(
    points.map((point, index) => ({ ...point, displayName: names[index] ?? point.displayName })),
  );
  sortPages(project, pages);
  app.validate(project);
  await app.generateDocs(project, folder);
  return findings;
}
