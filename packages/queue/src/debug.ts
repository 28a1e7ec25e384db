import { Observable } from "@asterite/observable";
import type { DebugEntry, DebugHook } from "@asterite/util";

/** Adds an entry to the debug log of a queue. Called with `?.`, so that nothing is built without a hook. */
export type QueueLog = ((event: string, details: Readonly<Record<string, unknown>>) => void) | undefined;

class DebugEvent {
  readonly entry: DebugEntry;

  constructor(entry: DebugEntry) {
    this.entry = entry;
  }
}

/**
 * Returns the debug log of one player; undefined without a hook. The hook is a listener, so that an error that
 * it throws is reported and does not disturb the playback.
 */
export function createQueueLog(hook: DebugHook | undefined, guildId: string): QueueLog {
  if (!hook) return undefined;
  const target = new Observable<DebugEvent>();
  target.on(DebugEvent, ({ entry }) => hook(entry));
  return (event, details) =>
    void target.emit(new DebugEvent({ source: "queue", event, details: { guildId, ...details } }));
}
