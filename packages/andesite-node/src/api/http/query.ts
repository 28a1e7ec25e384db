/** The query of a URL, of which any part may be malformed. */
export class Query {
  readonly #values = new Map<string, string[]>();
  /** Whether a percent-encoding in it means nothing; the parameter that has it is left out. */
  readonly isMalformed: boolean;

  /** @param text - What stands after the question mark. */
  constructor(text: string) {
    let isMalformed = false;
    for (const part of text.split("&")) {
      if (part === "") continue;
      const equals = part.indexOf("=");
      const name = decodeComponent(equals < 0 ? part : part.slice(0, equals));
      const value = decodeComponent(equals < 0 ? "" : part.slice(equals + 1));
      if (name === null || value === null) {
        isMalformed = true;
        continue;
      }
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }
    this.isMalformed = isMalformed;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The first value of a parameter; null without one. */
  get(name: string): string | null {
    return this.#values.get(name)?.[0] ?? null;
  }

  /** Every value of a parameter. */
  getAll(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** A plus is a space, as in forms. Null where the encoding is malformed. */
function decodeComponent(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
