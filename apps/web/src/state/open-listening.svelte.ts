import { untrack } from "svelte";
import type { StoredValue } from "../lib/storage/stored-value.ts";
import { type ListenedSession, Listening, type ListeningTarget } from "../music/listening.ts";
import { listeningLock } from "../music/listening-lock.ts";
import { StreamPlayer } from "../music/stream-player.ts";
import type { Preferences } from "./preferences.svelte.ts";

/** Part of the application state that plays music. */
interface ListeningApp {
  listening: Listening | undefined;
  readonly storedListening: StoredValue<ListeningTarget | null>;
  readonly preferences: Pick<Preferences, "values">;
  readonly sessions: readonly ListenedSession[];
}

/** Returns the listening of the page, which is created on first use and continues that of before a reload. */
export function openListening(app: ListeningApp): Listening {
  return untrack(() => (app.listening ??= createListening(app)));
}

function createListening(app: ListeningApp): Listening {
  const listening = new Listening(new StreamPlayer(new Audio()), app.storedListening, listeningLock());
  // Not while a component is initialised: effects of a root no longer run after the component that created it is destroyed.
  queueMicrotask(() =>
    $effect.root(() => {
      $effect(() => {
        listening.player.volume = app.preferences.values.volume;
      });
      $effect(() => listening.follow(app.sessions));
    }),
  );
  for (const name of ["online", "focus", "visibilitychange"]) {
    addEventListener(name, () => {
      if (!document.hidden) listening.player.wake();
    });
  }
  addEventListener("pagehide", () => listening.leave());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) void listening.comeBack();
  });
  void listening.restore();
  return listening;
}
