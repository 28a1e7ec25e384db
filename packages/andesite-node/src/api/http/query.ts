/** Query string of a URL. Malformed parameters do not affect the others. */
export class Query {
  readonly #values = new Map<string, string[]>();
  /** Whether a parameter has an invalid percent-encoding; such parameters are left out. */
  readonly isMalformed: boolean;

  /** @param text - Query string without the question mark. */
  constructor(text: string) {
    let isMalformed = false;
    for (const part of text.split("&")) {
      if (part === "") continue;
      const equals = part.indexOf("=");
      const name = decodeComponent(equals < 0 ? part : part.slice(0, equals));
      const value = decodeComponent(equals < 0 ? "" : part.slice(equals + 1));
      if (name === undefined || value === undefined) {
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

  /** Returns the first value of a parameter; undefined if it is absent. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** Returns all values of a parameter. */
  getAll(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** Decodes a name or value, with plus for space as in forms. Returns undefined if the encoding is invalid. */
function decodeComponent(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
