import { emitFailure, type Observable } from "@asterite/observable";
import type { PoolClientExcludeEvent } from "./events.ts";

/** Emits the exclusion of a member; without a listener, a warning of the platform names it with the reason. */
export function emitExclusion(target: Observable, event: PoolClientExcludeEvent): void {
  const { client, error } = event;
  void emitFailure(target, event, new Error(`${client}: ${error.message}`, { cause: error }));
}
