import type { Check, CheckOptions } from "./check.ts";

/** Parsed command line of `npm test`. */
export interface Request extends CheckOptions {
  /** The checks to run, in their usual order. */
  readonly selected: readonly Check[];
  readonly help: boolean;
}

/**
 * Parses `[--long] [CHECK …] [tests [ARGUMENT …]]`; arguments after `tests` are passed to the test runner.
 *
 * @throws Error if a check is unknown.
 */
export function parseArguments(args: readonly string[], checks: readonly Check[]): Request {
  const split = args.indexOf("tests");
  const own = split < 0 ? args : args.slice(0, split + 1);
  const testArguments = split < 0 ? [] : args.slice(split + 1);
  const names = own.filter((argument) => argument !== "--long" && argument !== "--help");
  const known = checks.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`Unknown check "${unknown.join('", "')}". Choose from: ${known.join(", ")}.`);
  }
  return {
    selected: checks.filter(({ name }) => names.length === 0 || names.includes(name)),
    help: own.includes("--help"),
    long: own.includes("--long"),
    testArguments,
  };
}

/** Returns the output of `npm test -- --help`. */
export function helpText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, describe }) => `  ${name.padEnd(width)}  ${describe}`);
  return [
    "npm test                     runs every check",
    "npm test -- CHECK …          runs the named ones",
    "npm test -- tests FILE …     runs the tests in some files; other vitest arguments work too",
    "npm run test:long            also runs the tests that take minutes, *.long.test.ts",
    "",
    "Checks:",
    ...lines,
  ].join("\n");
}
