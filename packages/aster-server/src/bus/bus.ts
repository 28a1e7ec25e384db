/** What is sent between the processes of one server; each kind has its own reader. */
export type Topic =
  /** What was committed, and pushes that are kept nowhere. */
  | "hints"
  /** What is true while a process lives: who is online, and what clients publish. */
  | "facts"
  /** Wrong passwords. */
  | "failures";

/**
 * The fast way between processes. It promises nothing: what is sent may be lost, and nothing is sent or heard while
 * it is not connected. What must not be lost is in the database.
 */
export interface Bus {
  readonly isConnected: boolean;
  /** Longest message in bytes. */
  readonly maxMessageBytes: number;
  /** Sends to every other process; never waits and never throws. */
  send(topic: Topic, message: Uint8Array): void;
  /** Hands on what the other processes send, in the order in which each of them sent it. */
  subscribe(topic: Topic, receive: (message: Uint8Array) => void): void;
  /** Calls back whenever it has been connected, for the first time or again. */
  onConnected(connected: () => void): void;
  close(): Promise<void>;
}
