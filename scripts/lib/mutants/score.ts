import { shareInterval } from "./sample.ts";

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
  /** Those of `noticed` that made the tests hang, in the form of `survivors`. */
  readonly timedOut: readonly string[];
  readonly total: number;
  /** Mutants outside the sample, which were not tried. */
  readonly leftOut: number;
  /** Mutants that no test noticed, as `path:line:column mutator: replacement`, in the order of the files. */
  readonly survivors: readonly string[];
}

const firstLine = (text: string): string => text.split("\n", 1)[0]?.slice(0, 100) ?? "";

/**
 * Counts a report. A mutant that makes the tests hang counts as noticed; one that cannot run at all, or that
 * the code marks as equivalent, does not count. The status of those outside the sample is CompileError, because
 * no other checker runs.
 */
export function scoreReport({ files }: MutationReport): MutationScore {
  let noticed = 0;
  const timedOut: string[] = [];
  let leftOut = 0;
  const survivors: string[] = [];
  for (const [path, { mutants }] of Object.entries(files)) {
    for (const { status, mutatorName, replacement = "", location } of mutants) {
      const { line, column } = location.start;
      const place = `${path}:${line}:${column} ${mutatorName}: ${firstLine(replacement)}`;
      if (status === "Killed" || status === "Timeout") noticed++;
      if (status === "Timeout") timedOut.push(place);
      if (status === "Survived") survivors.push(place);
      if (status === "NoCoverage") survivors.push(`${place} (no test runs it)`);
      if (status === "CompileError") leftOut++;
    }
  }
  return { noticed, timedOut, total: noticed + survivors.length, leftOut, survivors };
}

const percent = (share: number): string => (share * 100).toFixed(1);

/** Describes a score in a line; for a sample, with the 95 % interval of the whole room's share. */
export function describeScore({ noticed, timedOut, total, leftOut }: MutationScore): string {
  const count = `${noticed} of ${total} noticed (${percent(noticed / total)} %), ${timedOut.length} of them by time-out`;
  if (leftOut === 0) return count;
  const population = total + leftOut;
  const [low, high] = shareInterval(noticed, total, population);
  return `${count}; a sample of ${population}, 95 % interval ${percent(low)} to ${percent(high)} %`;
}
