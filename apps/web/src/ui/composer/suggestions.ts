import type { ServerSession } from "../../chat/server-session.ts";
import { type EmojiTable, findEmoji, type SkinTone, withTone } from "../../lib/emoji/emoji.ts";
import type { ChosenCommand } from "../../lib/storage/drafts.ts";
import { cleanName } from "../../lib/text/clean-name.ts";
import { mentionAt } from "../../lib/text/mentions.ts";
import { completeCommand } from "../../music/bot-commands.ts";

/** Autocomplete suggestion. */
export interface Suggestion {
  readonly key: string;
  readonly label: string;
  readonly isBot?: boolean;
  /** Explanation beside the label. */
  readonly detail?: string;
  /** Emoji before the label, instead of a picture, and how it is remembered. */
  readonly emoji?: { readonly text: string; readonly recent: string };
  /** Text that replaces the typed word. */
  readonly text: string;
  readonly pictureUrl: string | undefined;
  /** Command that is completed, if it is one that its bot accepts without a message. */
  readonly command?: ChosenCommand | undefined;
}

/** Returns whether a text is still a chosen command, with or without arguments. */
export const isStillCommand = (text: string, { prefix, name }: ChosenCommand): boolean =>
  text.startsWith(prefix + name) && /^(?:\s|$)/.test(text.slice(prefix.length + name.length));

/** Suggestions for the word at the caret. */
export interface Suggestions {
  /** Start of the word. */
  readonly from: number;
  readonly list: readonly Suggestion[];
}

const maxSuggestions = 8;
/** Two letters at least, so that `:D` and `:p` stay what they are. */
const emojiWord = /(?:^|\s):([\p{L}\p{N}+][\p{L}\p{N}_+-]{1,31})$/u;

/** Emoji of the standard, which are loaded on demand. */
export interface StandardEmoji {
  readonly table: EmojiTable | undefined;
  readonly tone: SkinTone;
}

/** Returns whether emoji are completed at the caret. */
export const isEmojiWord = (text: string, caret: number): boolean => emojiWordAt(text, caret) !== undefined;

const emojiWordAt = (text: string, caret: number): string | undefined =>
  emojiWord.exec(text.slice(Math.max(0, caret - 40), caret))?.[1];

/** Returns suggestions for the bot command, mention or emoji at the caret; undefined if there is none. */
export function suggestAt(
  text: string,
  caret: number,
  session: ServerSession,
  channel: number,
  standard: StandardEmoji,
): Suggestions | undefined {
  const commands = suggestCommands(text.slice(0, caret), session, channel);
  if (commands.length > 0) {
    // A whole name without arguments is sent, not completed.
    const isComplete = commands.length === 1 && commands[0]?.text === text;
    return isComplete ? undefined : { from: 0, list: commands };
  }
  const mention = mentionAt(text, caret);
  if (mention) {
    const typed = mention.typed.toLowerCase();
    const users: Suggestion[] = [];
    for (const { uuid, username } of session.server?.peers.values() ?? []) {
      if (/\s/.test(username) || !username.toLowerCase().startsWith(typed)) continue;
      const pictureUrl = session.users.pictureOf(uuid);
      const isBot = session.users.isBot(uuid);
      users.push({
        key: `user ${uuid}`,
        label: cleanName(username),
        text: `@${username} `,
        pictureUrl,
        isBot,
      });
      if (users.length >= maxSuggestions) break;
    }
    return { from: mention.from, list: users };
  }
  const word = emojiWordAt(text, caret);
  if (word === undefined) return undefined;
  const list = [...customEmoji(session, word), ...standardEmoji(standard, word)].slice(0, maxSuggestions);
  return { from: caret - word.length - 1, list };
}

const suggestCommands = (typed: string, session: ServerSession, channel: number): Suggestion[] =>
  session.music
    .commandsIn(channel)
    .flatMap((commands) =>
      completeCommand(typed, commands, maxSuggestions).map(({ name, arguments: usage, description }) => ({
        key: `command ${commands.bot} ${name}`,
        label: cleanName(`${commands.prefix}${name} ${usage}`),
        detail: cleanName(description),
        text: `${commands.prefix}${name}${usage === "" ? "" : " "}`,
        pictureUrl: undefined,
        command:
          commands.invoke === true && session.server?.extensions.has("invoke")
            ? { bot: commands.bot, prefix: commands.prefix, name }
            : undefined,
      })),
    )
    .slice(0, maxSuggestions);

const customEmoji = (session: ServerSession, word: string): Suggestion[] =>
  session.emoji.list
    .filter(({ name }) => name.toLowerCase().startsWith(word.toLowerCase()))
    .map((emoji) => ({
      key: `emoji ${emoji.uuid}`,
      label: `:${emoji.name}:`,
      text: `:${emoji.name}: `,
      pictureUrl: session.emoji.urlOf(emoji),
    }));

const standardEmoji = ({ table, tone }: StandardEmoji, word: string): Suggestion[] =>
  (table ? findEmoji(table, word).slice(0, maxSuggestions) : []).map((emoji) => ({
    key: `emoji ${emoji.character}`,
    label: `:${emoji.shortcodes[0]}:`,
    detail: emoji.name,
    emoji: { text: withTone(emoji, tone), recent: emoji.character },
    text: `${withTone(emoji, tone)} `,
    pictureUrl: undefined,
  }));
