/** Name and icon that a new database is created with. */
export interface InitialContent {
  readonly name: string;
  /** PNG bytes. */
  readonly icon: Uint8Array;
}
