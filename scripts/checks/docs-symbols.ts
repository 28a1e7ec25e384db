import { join } from "node:path";
import {
  Application,
  Logger,
  LogLevel,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
} from "typedoc";
import { type Check, verdict } from "../lib/check.ts";
import { display, exportedEntries, publishedPackages, root } from "../lib/workspace.ts";

const required = [
  "Class",
  "Interface",
  "Function",
  "TypeAlias",
  "Variable",
  "Method",
  "Property",
  "Accessor",
] as const;

/** Keeps what would otherwise be printed. */
class CollectingLogger extends Logger {
  readonly findings: string[] = [];

  override log(message: string, level: LogLevel): void {
    // A type that a schema infers gives each property two declarations, both of them the schema's own line.
    if (message.includes("has multiple declarations with a comment")) return;
    if (level >= LogLevel.Warn) this.findings.push(message.replaceAll(`${root}/`, ""));
  }
}

const isInsideTypeLiteral = (reflection: Reflection): boolean => {
  for (let at = reflection.parent; at; at = at.parent) {
    if (at.kindOf(ReflectionKind.TypeLiteral)) return true;
  }
  return false;
};

/**
 * Takes away the properties of object types without a name, such as those that a schema infers: the
 * comment of the thing that holds them speaks for them.
 */
const removeAnonymousProperties = (project: ProjectReflection): void => {
  for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
    if (isInsideTypeLiteral(property)) project.removeReflection(property);
  }
};

export const docsSymbols: Check = {
  name: "docs-symbols",
  describe: "every public symbol of the published packages has a doc comment, and its links lead somewhere",
  async run() {
    const packages = publishedPackages();
    const logger = new CollectingLogger();
    const app = await Application.bootstrap({
      entryPoints: packages.flatMap((pkg) =>
        exportedEntries(pkg).map(({ source }) => display(join(pkg.folder, source))),
      ),
      tsconfig: join(root, "tsconfig.json"),
      emit: "none",
      disableGit: true,
      disableSources: true,
      // The check "types" looks for type errors, with the compiler that counts.
      skipErrorChecking: true,
      packagesRequiringDocumentation: packages.map(({ manifest }) => manifest.name),
      requiredToBeDocumented: [...required],
      validation: { notDocumented: true, invalidLink: true, notExported: false },
    });
    app.logger = logger;
    const project = await app.convert();
    if (!project) return verdict(logger.findings.join("\n") || "typedoc could not read the entry points");
    removeAnonymousProperties(project);
    app.validate(project);
    return verdict(logger.findings);
  },
};
