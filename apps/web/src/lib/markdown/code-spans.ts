/** Code span that starts at a run of backticks. */
export interface CodeSpan {
  /** Start of the code, after the run. */
  readonly from: number;
  /** End of the code; undefined if no run of the same length follows. */
  readonly to: number | undefined;
  /** Index after the closing run. */
  readonly end: number;
}

/**
 * Index of the runs of backticks of a text. The runs are listed once, and those already passed are skipped, so
 * that all lookups of a text together take linear time. Lookups must be in ascending order.
 */
export class CodeSpans {
  readonly #text: string;
  /** Start indices of the runs by length, in descending order. */
  #runs: Map<number, number[]> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the code span that starts at an index. */
  at(start: number): CodeSpan {
    this.#runs ??= this.#listRuns();
    let from = start;
    while (this.#text.charAt(from) === "`") from++;
    const length = from - start;
    const starts = this.#runs.get(length) ?? [];
    while ((starts.at(-1) ?? Number.POSITIVE_INFINITY) < from) starts.pop();
    const to = starts.at(-1);
    return { from, to, end: (to ?? start) + length };
  }

  #listRuns(): Map<number, number[]> {
    const matches = [...this.#text.matchAll(/`+/g)].reverse();
    const byLength = Map.groupBy(matches, ([run]) => run.length);
    return new Map([...byLength].map(([length, runs]) => [length, runs.map(({ index }) => index)]));
  }
}
