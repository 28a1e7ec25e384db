import { CommandsError, quote, UserError } from "@asterite/commands";
import { formatDuration, pluralize } from "../format.ts";
import type { Hit } from "../nodes/hits.ts";
import type { DjContext } from "./channel-music.ts";

/** Time in which the user can send a number, in ms. */
const answerTimeoutMs = 60_000;

function describeHit(hit: Hit): string {
  if (hit.kind === "track") {
    const { title, author, lengthMs } = hit.track;
    return `${quote(title, 60)} by ${quote(author, 40)} (${formatDuration(lengthMs)})`;
  }
  const { name, artist, trackCount } = hit.collection;
  const by = artist === null ? "" : ` by ${quote(artist, 40)}`;
  const count = trackCount === null ? "" : ` (${pluralize(trackCount, "track")})`;
  return `${hit.kind} ${quote(name, 60)}${by}${count}`;
}

/** Numbered lists of hits, of which users choose by sending a number. */
export class Choices {
  /** Waits by channel and user: a new list of a user replaces the previous one. */
  readonly #open = new Map<string, AbortController>();

  /** Lists hits. Returns the one that the author chooses; undefined if there is no answer in time. */
  async choose(context: DjContext, intro: string, hits: readonly Hit[]): Promise<Hit | undefined> {
    const key = `${context.channel.uuid}/${context.author.uuid}`;
    const replaced = new AbortController();
    this.#open.get(key)?.abort();
    this.#open.set(key, replaced);
    const { signal } = replaced;
    const numberOf = (text: string): number => Number(/^\s*#?(\d{1,4})\.?\s*$/.exec(text)?.[1] ?? 0);
    // The wait is opened first: the answer may arrive with the confirmation of the list.
    const answer = context.waitFor(({ content }) => numberOf(content) > 0, {
      timeoutMs: answerTimeoutMs,
      signal,
    });
    try {
      const lines = hits.map((hit, index) => `${index + 1}. ${describeHit(hit)}`);
      answer.catch(() => {});
      const hint =
        hits.length === 1 ? "Send 1 to play it." : `Send a number from 1 to ${hits.length} to play it.`;
      await context.reply([intro, ...lines, hint].join("\n"));
      const number = numberOf((await answer).content);
      const hit = hits[number - 1];
      if (!hit) throw new UserError(`There's no number ${number} in the list. Search again to see it.`);
      return hit;
    } catch (error) {
      const isUnanswered = error instanceof CommandsError && error.code === "WAIT_TIMED_OUT";
      if (isUnanswered || signal.aborted) return undefined;
      throw error;
    } finally {
      replaced.abort();
      if (this.#open.get(key) === replaced) this.#open.delete(key);
    }
  }
}
