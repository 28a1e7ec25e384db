import type { Logger } from "@asterite/util";
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { toTsVector } from "../../full-text.ts";

const messagesPerBatch = 500;
const progressIntervalMs = 5000;

/** Characters of Han, Kana and Hangul, as ranges, because PostgreSQL's classes depend on its locale. */
const unspaced = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc\u{20000}-\u{3ffff}]";

/** Indexes messages in scripts without spaces again: earlier versions found only the beginnings of sentences. */
export const unspacedWords = (logger: Logger): Migration => ({
  async up(query: Kysely<unknown>): Promise<void> {
    let loggedAt = performance.now();
    let done = 0;
    for (let after = 0; ; ) {
      const { rows } = await sql<{ place: number; content: string }>`
        select place, content from messages where place > ${after} and content ~ ${unspaced}
        order by place limit ${messagesPerBatch}`.execute(query);
      const last = rows.at(-1);
      if (!last) return;
      const places = rows.map(({ place }) => place);
      const words = rows.map(({ content }) => toTsVector(content));
      await sql`
        update messages set words = fresh.words::tsvector
        from unnest(${places}::bigint[], ${words}::text[]) as fresh (place, words)
        where messages.place = fresh.place`.execute(query);
      after = last.place;
      done += rows.length;
      if (performance.now() - loggedAt < progressIntervalMs) continue;
      loggedAt = performance.now();
      logger.info({ messages: done }, "search index is being built");
    }
  },
});
