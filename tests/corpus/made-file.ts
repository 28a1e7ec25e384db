/** A file that a program of this machine makes. */
export interface EncodedFile {
  readonly name: string;
  /** Program and its arguments; `IN` stands for the sound and `OUT` for the file. */
  readonly command: readonly [program: string, ...args: readonly string[]];
}

/** A file made of the bytes of others. */
export interface OddFile {
  readonly name: string;
  /** Names of encoded files. */
  readonly from: readonly string[];
  readonly make: (...files: readonly Buffer[]) => Buffer;
}
