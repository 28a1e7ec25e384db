import { argumentError, checkType } from "./errors.ts";
import type { User } from "./models/user.ts";

/**
 * Returns the accounts that a text mentions as `@name`, ignoring case, in the order of the accounts. A name
 * counts only as a whole: `@ann` mentions neither `anna` nor `bob@ann`. Names with spaces count too, so that
 * `@ann lee` mentions both `ann lee` and `ann`, as in the web client.
 *
 * @throws AsterError `ARGUMENT_INVALID` for another text than a string, or users that cannot be iterated.
 */
export function parseMentions(text: string, users: Iterable<User>): User[] {
  checkType("text", text, "string");
  if (typeof users?.[Symbol.iterator] !== "function")
    throw argumentError("users", users, "an iterable of users");
  const lower = text.toLowerCase();
  const positions = Array.from(lower.matchAll(/(?<![\p{L}\p{N}_])@/gu), ({ index }) => index);
  if (positions.length === 0) return [];
  const firstCharacters = new Set(positions.map((at) => lower[at + 1]));
  const mentioned: User[] = [];
  for (const user of users) {
    checkType("username", user?.username, "string");
    const name = user.username.toLowerCase();
    if (name === "" || !firstCharacters.has(name[0])) continue;
    const isMentioned = positions.some(
      (at) =>
        lower.startsWith(name, at + 1) &&
        !/^[\p{L}\p{N}_]/u.test(lower.slice(at + 1 + name.length, at + 3 + name.length)),
    );
    if (isMentioned) mentioned.push(user);
  }
  return mentioned;
}

/** Returns the text that mentions an account: its name after `@`. */
export function formatMention(user: Pick<User, "username">): string {
  checkType("username", user?.username, "string");
  return `@${user.username}`;
}
