/** Job for the generator process, which replies with one number. */
export type Job =
  /** Replaces the open connections by new ones, logged in to at most `accounts` accounts. Result: 0. */
  | {
      readonly type: "open";
      readonly port: number;
      readonly connections: number;
      readonly accounts: number;
    }
  /**
   * Keeps `window` sends in flight over the open connections. Result: received pushes, or replies, per
   * second.
   */
  | ({ readonly type: "send"; readonly window: number; readonly count: "pushes" | "replies" } & Duration)
  /** Connects, sends one request and disconnects, `parallel` at a time. Result: visits per second. */
  | ({
      readonly type: "visit";
      readonly port: number;
      readonly with: Visit;
      readonly parallel: number;
    } & Duration)
  /** Keeps `window` requests for pages of 100 messages in flight. Result: pages per second. */
  | ({ readonly type: "history"; readonly window: number; readonly before: readonly number[] } & Duration)
  /** Replaces the open connections by idle ones, which send only one request each. Result: 0. */
  | {
      readonly type: "idle";
      readonly port: number;
      readonly connections: number;
      readonly framing: "lines" | "websocket";
    }
  /** Closes all connections. Result: 0. */
  | { readonly type: "close" };

/** Duration of a measurement. */
export interface Duration {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Request of a short connection. */
type Visit = "ping" | "password" | "token";

/** Reply of the generator process. */
export type Reply = { readonly result: number } | { readonly error: string };
