import { PostgresDialect, PostgresQueryCompiler, type QueryCompiler } from "kysely";

/** PostgreSQL has no U+0000 in texts; the sign for what cannot be shown is kept in its place. */
export const replaceNul = (text: string): string => text.replaceAll("\0", "\uFFFD");

/** Sees to it for every text that stands alone in a statement; whoever hands over lists does it himself. */
class NulReplacingCompiler extends PostgresQueryCompiler {
  protected override appendValue(parameter: unknown): void {
    super.appendValue(typeof parameter === "string" ? replaceNul(parameter) : parameter);
  }
}

/** Makes the compiler of every dialect of PostgreSQL that the store is given. */
export const createQueryCompiler = (): QueryCompiler => new NulReplacingCompiler();

/** Kysely's dialect over `pg`. */
export class PgDialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return createQueryCompiler();
  }
}
