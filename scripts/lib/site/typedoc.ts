import { join } from "node:path";
import { Application, Logger, LogLevel, type TypeDocOptions } from "typedoc";
import { display, root, type SourceEntry, type WorkspacePackage } from "../workspace.ts";

/** Keeps what would otherwise be printed. */
class CollectingLogger extends Logger {
  readonly findings: string[] = [];

  override log(message: string, level: LogLevel): void {
    // A type that a schema infers gives each property two declarations, both of them the schema's own line.
    if (message.includes("has multiple declarations with a comment")) return;
    if (level >= LogLevel.Warn) this.findings.push(message.replaceAll(`${root}/`, ""));
  }
}

/** One file of a package that users import by name. */
export interface Entry {
  readonly pkg: WorkspacePackage;
  readonly source: SourceEntry["source"];
}

/** TypeDoc on the entries, as everything here uses it; `options` come on top. */
export async function openTypedoc(
  entries: readonly Entry[],
  options: TypeDocOptions,
): Promise<{ app: Application; findings: readonly string[] }> {
  const app = await Application.bootstrap({
    entryPoints: entries.map(({ pkg, source }) => display(join(pkg.folder, source))),
    tsconfig: join(root, "tsconfig.json"),
    disableGit: true,
    disableSources: true,
    // The check "types" looks for type errors, with the compiler that counts.
    skipErrorChecking: true,
    ...options,
  });
  const logger = new CollectingLogger();
  app.logger = logger;
  return { app, findings: logger.findings };
}
