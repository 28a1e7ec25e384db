/** An invalid filter setting. The message names the setting and the allowed values. */
export class FilterError extends Error {
  /** `FilterError`. */
  override readonly name = "FilterError";
  /** Path of the setting, such as `tremolo.depth`; empty for the payload itself. */
  readonly field: string;
  /** Description of the allowed values. */
  readonly expected: string;

  constructor(field: string, expected: string) {
    super(`${field || "filters"} must be ${expected}`);
    this.field = field;
    this.expected = expected;
  }
}
