/** Splits a stream of text into lines; buffers at most one line of bounded length. */
export class LineSplitter {
  readonly #maxLength: number;
  #rest = "";

  /** @param maxLength - In UTF-16 code units; a longer line is returned in pieces. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Adds text and returns the lines that it completes, without their line feeds. */
  push(text: string): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      lines.push(this.#rest + text.slice(start, end));
      this.#rest = "";
      start = end + 1;
    }
    this.#rest += text.slice(start);
    if (this.#rest.length >= this.#maxLength) lines.push(...this.end());
    return lines;
  }

  /** Returns the text after the last line feed as one last line. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}
