/** Progress of a transfer in one table. */
export interface TransferProgress {
  /** Name of the table in PostgreSQL. */
  readonly table: string;
  /** Rows of the table transferred so far. */
  readonly rows: number;
  /** Rows of the table in total. */
  readonly total: number;
}

/** Options of an import or export. */
export interface TransferOptions {
  /** Called after each batch of rows. */
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Stops the transfer after the current batch. An import can be resumed; an export leaves no file. */
  readonly signal?: AbortSignal;
}

/** Number of rows transferred by table, verified to be equal on both sides. */
export type TransferCounts = Readonly<Record<string, number>>;
