import { PostgresDialect, PostgresQueryCompiler, type QueryCompiler } from "kysely";

/** Replaces U+0000, which PostgreSQL cannot store in texts, by U+FFFD. */
export const replaceNul = (text: string): string => text.replaceAll("\0", "\uFFFD");

/** Replaces U+0000 in text parameters. Not in array parameters: their callers use {@link replaceNul}. */
class NulReplacingCompiler extends PostgresQueryCompiler {
  protected override appendValue(parameter: unknown): void {
    super.appendValue(typeof parameter === "string" ? replaceNul(parameter) : parameter);
  }
}

/** Creates the query compiler for a PostgreSQL dialect of the store. */
export const createQueryCompiler = (): QueryCompiler => new NulReplacingCompiler();

/** Kysely dialect over `pg`. */
export class PgDialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return createQueryCompiler();
  }
}
