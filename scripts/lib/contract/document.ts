/** One claim of a document: a signature, a sentence, or an entry of a list such as "Parameters". */
export interface Sentence {
  /** Its number in the entry; 0 is the signature. */
  readonly number: number;
  /** The list that it belongs to, such as "Parameters" or "Raises"; undefined for prose and signatures. */
  readonly label: string | undefined;
  /** Words of the document, with single spaces. */
  readonly text: string;
}

/** A class, member, function or introduction with its sentences. */
export interface Entry {
  /** Such as `Client`, `Client.add_server`, `create_client` or `intro.naming`. */
  readonly id: string;
  /** Class that it belongs to, or an empty string. */
  readonly scope: string;
  readonly sentences: readonly Sentence[];
}

/** Splits a paragraph into sentences. */
const splitSentences = (paragraph: string): string[] =>
  paragraph.split(/(?<=[.!?])\s+(?=[A-Z])/).filter((sentence) => sentence !== "");

/** Collects entries while a document is read from its beginning to its end. */
export class EntryCollector {
  readonly #entries: { id: string; scope: string; sentences: Sentence[] }[] = [];

  /** Entries so far, without those that have no sentences. */
  get entries(): readonly Entry[] {
    return this.#entries.filter(({ sentences }) => sentences.length > 0);
  }

  /** Starts an entry. */
  open(id: string, scope: string, signature?: string): void {
    const sentences: Sentence[] =
      signature === undefined ? [] : [{ number: 0, label: undefined, text: signature }];
    this.#entries.push({ id, scope, sentences });
  }

  /** Adds text to the current entry, one sentence each. */
  add(paragraph: string, label?: string): void {
    for (const text of splitSentences(paragraph)) this.addSentence(text, label);
  }

  /** Adds one sentence to the current entry. */
  addSentence(text: string, label?: string): void {
    const current = this.#entries.at(-1);
    if (!current) throw new Error(`text before the first heading: ${text}`);
    current.sentences.push({ number: (current.sentences.at(-1)?.number ?? 0) + 1, label, text });
  }
}
