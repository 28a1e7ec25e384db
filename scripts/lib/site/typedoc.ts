import { join } from "node:path";
import { Application, Logger, LogLevel, type TypeDocOptions } from "typedoc";
import { display, root, type SourceEntry, type WorkspacePackage } from "../workspace.ts";

/** Collects messages instead of printing them. */
class CollectingLogger extends Logger {
  readonly findings: string[] = [];

  override log(message: string, level: LogLevel): void {
    // A type inferred from a schema has two declarations for each property, both at the schema's line.
    if (message.includes("has multiple declarations with a comment")) return;
    if (level >= LogLevel.Warn) this.findings.push(message.replaceAll(`${root}/`, ""));
  }
}

/** A file of a package that users import by name. */
export interface Entry {
  readonly pkg: WorkspacePackage;
  readonly source: SourceEntry["source"];
}

/** Opens TypeDoc on the entries with the shared settings; `options` override them. */
export async function openTypedoc(
  entries: readonly Entry[],
  options: TypeDocOptions,
): Promise<{ app: Application; findings: readonly string[] }> {
  const app = await Application.bootstrap({
    entryPoints: entries.map(({ pkg, source }) => display(join(pkg.folder, source))),
    tsconfig: join(root, "tsconfig.json"),
    disableGit: true,
    disableSources: true,
    // The check "types" reports type errors.
    skipErrorChecking: true,
    ...options,
  });
  const logger = new CollectingLogger();
  app.logger = logger;
  return { app, findings: logger.findings };
}
