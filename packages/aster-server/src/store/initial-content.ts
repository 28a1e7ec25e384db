/** What a fresh database is filled with. */
export interface InitialContent {
  readonly name: string;
  /** PNG bytes. */
  readonly icon: Uint8Array;
}
