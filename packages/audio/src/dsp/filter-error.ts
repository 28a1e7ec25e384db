/** A filter setting that cannot be taken. Its message names the setting and what is allowed. */
export class FilterError extends Error {
  /** Name of the class. */
  override readonly name = "FilterError";
  /** Path of the setting, such as `tremolo.depth`; empty for the payload itself. */
  readonly field: string;
  /** What should stand there. */
  readonly expected: string;

  constructor(field: string, expected: string) {
    super(`${field || "filters"} must be ${expected}`);
    this.field = field;
    this.expected = expected;
  }
}
