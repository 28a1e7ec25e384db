/** A file of a message, for connections with the extension `files`. */
export interface Attachment {
  /** Id for `file_link`. */
  readonly id: string;
  /** Name without folders and control characters. */
  readonly name: string;
  /** Media type that the sender declared. */
  readonly type: string;
  /** Length in bytes. */
  readonly size: number;
}
