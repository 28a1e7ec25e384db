/** One thing that the generator process does; what the number means is said with each. */
export type Job =
  /** Opens connections, logged in under at most so many accounts, in place of those that are open. 0. */
  | {
      readonly kind: "open";
      readonly port: number;
      readonly connections: number;
      readonly accounts: number;
    }
  /** Keeps `window` sends under way over the open connections. Answers pushes received, or replies, per second. */
  | ({ readonly kind: "send"; readonly window: number; readonly count: "pushes" | "replies" } & Duration)
  /** Opens a connection, asks this, and closes it, `parallel` at a time. Answers rounds per second. */
  | ({
      readonly kind: "visit";
      readonly port: number;
      readonly with: Visit;
      readonly parallel: number;
    } & Duration)
  /** Keeps `window` requests for pages of 100 messages under way. Answers pages per second. */
  | ({ readonly kind: "history"; readonly window: number; readonly before: readonly number[] } & Duration)
  /** Opens connections that send one request each and then nothing, in place of those open. 0. */
  | {
      readonly kind: "idle";
      readonly port: number;
      readonly connections: number;
      readonly framing: "lines" | "websocket";
    }
  /** Closes every connection. 0. */
  | { readonly kind: "close" };

/** How long something is done before it counts, and while it counts. */
export interface Duration {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What a short connection is for. */
type Visit = "ping" | "password" | "token";

/** What the generator answers. */
export type Answer = { readonly result: number } | { readonly error: string };
