/** How far a transfer has come in one table. */
export interface TransferProgress {
  /** Name of the table in PostgreSQL. */
  readonly table: string;
  /** Rows of this table that are there already. */
  readonly rows: number;
  /** Rows that it has in all. */
  readonly total: number;
}

/** What a transfer is told. */
export interface TransferOptions {
  /** Is called after every step. */
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Ends the transfer after the step under way. */
  readonly signal?: AbortSignal;
}

/** What was transferred: rows by table, compared between both sides. */
export type TransferCounts = Readonly<Record<string, number>>;
