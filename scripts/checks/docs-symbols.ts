import { type ProjectReflection, type Reflection, ReflectionKind } from "typedoc";
import { type Check, verdict } from "../lib/check.ts";
import { openTypedoc } from "../lib/site/typedoc.ts";
import { exportedEntries, publishedPackages } from "../lib/workspace.ts";

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

const isInsideTypeLiteral = (reflection: Reflection): boolean => {
  for (let at = reflection.parent; at; at = at.parent) {
    if (at.kindOf(ReflectionKind.TypeLiteral)) return true;
  }
  return false;
};

/**
 * Removes the properties of anonymous object types, such as those that a schema infers: the comment of their
 * owner covers them.
 */
const removeAnonymousProperties = (project: ProjectReflection): void => {
  for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
    if (isInsideTypeLiteral(property)) project.removeReflection(property);
  }
};

export const docsSymbols: Check = {
  name: "docs-symbols",
  describe: "every public symbol of the published packages has a doc comment whose links resolve",
  async run() {
    const packages = publishedPackages();
    const entries = packages.flatMap((pkg) => exportedEntries(pkg).map(({ source }) => ({ pkg, source })));
    const { app, findings } = await openTypedoc(entries, {
      emit: "none",
      packagesRequiringDocumentation: packages.map(({ manifest }) => manifest.name),
      requiredToBeDocumented: [...required],
      validation: { notDocumented: true, invalidLink: true, notExported: false },
    });
    const project = await app.convert();
    if (!project) return verdict(findings.join("\n") || "typedoc could not read the entry points");
    removeAnonymousProperties(project);
    app.validate(project);
    return verdict(findings);
  },
};
