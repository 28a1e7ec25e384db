/** Status of a mutant in the report (mutation-testing-report-schema, version 2). */
type MutantStatus =
  | "Killed"
  | "Timeout"
  | "Survived"
  | "NoCoverage"
  | "CompileError"
  | "RuntimeError"
  | "Ignored"
  | "Pending";

/** Fields of the mutation report that are read here. */
export interface MutationReport {
  readonly files: {
    readonly [path: string]: {
      readonly source: string;
      readonly mutants: readonly {
        readonly mutatorName: string;
        readonly replacement?: string;
        readonly status: MutantStatus;
        readonly statusReason?: string;
        readonly location: { readonly start: { readonly line: number; readonly column: number } };
      }[];
    };
  };
}

/** Share of mutants that the tests noticed. */
export interface MutationScore {
  readonly noticed: number;
  readonly total: number;
  /** Mutants that no test noticed, as `path:line:column mutator: replacement`, in the order of the files. */
  readonly survivors: readonly string[];
}

const firstLine = (text: string): string => text.split("\n", 1)[0]?.slice(0, 100) ?? "";

/**
 * Counts a report. A mutant that makes the tests hang counts as noticed; one that cannot run at all, or that
 * the code marks as equivalent, does not count.
 */
export function scoreReport({ files }: MutationReport): MutationScore {
  let noticed = 0;
  const survivors: string[] = [];
  for (const [path, { mutants }] of Object.entries(files)) {
    for (const { status, mutatorName, replacement = "", location } of mutants) {
      if (status === "Killed" || status === "Timeout") noticed++;
      if (status !== "Survived" && status !== "NoCoverage") continue;
      const { line, column } = location.start;
      const note = status === "NoCoverage" ? " (no test runs it)" : "";
      survivors.push(`${path}:${line}:${column} ${mutatorName}: ${firstLine(replacement)}${note}`);
    }
  }
  return { noticed, total: noticed + survivors.length, survivors };
}
