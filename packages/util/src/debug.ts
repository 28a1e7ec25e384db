/**
 * One entry of a debug log: a connection attempt, a packet, a state transition, a retry. Contains no secrets:
 * no passwords, no tokens, no texts of messages.
 */
export interface DebugEntry {
  /** Part of the library that emitted the entry, for example `session`, `socket`, `http` or `pool`. */
  readonly source: string;
  /** What happened, as a fixed kebab-case phrase, for example `connect-attempt` or `packet-sent`. */
  readonly event: string;
  /** Values that belong to the event. Packets are described by command and size only. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Receives the entries of a debug log. Called synchronously. */
export type DebugHook = (entry: DebugEntry) => void;
