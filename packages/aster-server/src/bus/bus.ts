/** Topic of the bus. Each topic has one subscriber in a process. */
export type Topic =
  /** Commit notices, with the pushes that are stored nowhere. */
  | "commits"
  /** Replicated state: users online and channel states. */
  | "state"
  /** Password comparisons, counted by the login throttle of every process. */
  | "password-checks";

/**
 * Broadcast channel between the processes of one server. Delivery is at most once: messages may be lost, and
 * none are sent or received while the bus is not connected. Data that must not be lost is in the database.
 */
export interface Bus {
  readonly isConnected: boolean;
  /** Largest message that can be sent, in bytes. */
  readonly maxMessageBytes: number;
  /** Sends to every other process. Never blocks and never throws; drops the message while not connected. */
  send(topic: Topic, message: Uint8Array): void;
  /** Sets the handler of a topic. Messages of one process arrive in the order in which it sent them. */
  subscribe(topic: Topic, receive: (message: Uint8Array) => void): void;
  /**
   * Adds a listener that is called after each connect and reconnect, and at once if the bus is connected now.
   */
  onConnected(connected: () => void): void;
  /** Sends what is buffered, then disconnects for good. */
  close(): Promise<void>;
}
