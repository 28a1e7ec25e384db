import type { ServerLink } from "../../chat/server-session.ts";
import { cleanName } from "../../lib/text/clean-name.ts";
import { mentionAt } from "../../lib/text/mentions.ts";

/** One thing that what is being typed may mean. */
export interface Suggestion {
  readonly key: string;
  readonly label: string;
  /** What takes the place of what was typed. */
  readonly text: string;
  readonly pictureUrl: string | undefined;
}

/** Suggestions for the word at the caret. */
export interface Suggestions {
  /** Where the word begins. */
  readonly from: number;
  readonly list: readonly Suggestion[];
}

const most = 8;
const emojiWord = /(?:^|\s):([\p{L}\p{N}_-]{1,32})$/u;

/** What may be meant by the word that is being typed; undefined where nothing is suggested. */
export function suggestAt(text: string, caret: number, link: ServerLink): Suggestions | undefined {
  const mention = mentionAt(text, caret);
  if (mention) {
    const typed = mention.typed.toLowerCase();
    const people: Suggestion[] = [];
    for (const { uuid, username } of link.server?.peers.values() ?? []) {
      if (/\s/.test(username) || !username.toLowerCase().startsWith(typed)) continue;
      const pictureUrl = link.people.pictureOf(uuid);
      people.push({ key: `user ${uuid}`, label: cleanName(username), text: `@${username} `, pictureUrl });
      if (people.length >= most) break;
    }
    return { from: mention.from, list: people };
  }
  const word = emojiWord.exec(text.slice(Math.max(0, caret - 40), caret))?.[1];
  if (word === undefined) return undefined;
  const list = link.emoji.list
    .filter(({ name }) => name.toLowerCase().startsWith(word.toLowerCase()))
    .slice(0, most)
    .map((emoji) => ({
      key: `emoji ${emoji.uuid}`,
      label: `:${emoji.name}:`,
      text: `:${emoji.name}: `,
      pictureUrl: link.emoji.urlOf(emoji),
    }));
  return { from: caret - word.length - 1, list };
}
