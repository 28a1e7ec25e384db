import type { ServerSession } from "../chat/server-session.ts";
import type { Drafts } from "../lib/storage/drafts.ts";
import type { Edits } from "../lib/storage/edits.ts";
import type { KeyValueStorage } from "../lib/storage/stored-value.ts";

interface Texts {
  readonly storage: KeyValueStorage;
  readonly drafts: Drafts;
  readonly edits: Edits;
}

/** Longer lists of logins prove nothing: a server could have made up all names of devices. */
const maxTokens = 100;
/** Number of random hexadecimal digits below which a server could guess the name of a device. */
const minDeviceLength = 8;

/**
 * Moves drafts, edits and unsent messages from the key of one session to that of another one of the same server. Two
 * drafts of one channel are joined.
 */
export function moveTexts(from: string, to: string, { storage, drafts, edits }: Texts): void {
  for (const [channel, { text, replyTo, command }] of drafts.forServer(from)) {
    const known = drafts.get(to, channel);
    const texts = [known?.text ?? "", text].filter((one) => one !== "");
    drafts.update(to, channel, {
      text: texts.join("\n"),
      replyTo: known?.replyTo ?? replyTo,
      // The text begins with that of the other draft.
      command: known?.text ? known.command : command,
    });
    drafts.update(from, channel, { text: "", replyTo: undefined });
  }
  for (const [message, { channel, text }] of edits.forServer(from)) {
    if (!edits.get(to, message)) edits.set(to, message, channel, text);
    edits.delete(from, message);
  }
  const prefix = `asterite.outbox ${from} `;
  for (const name of storage.keys().filter((one) => one.startsWith(prefix))) {
    storage.setItem(`asterite.outbox ${to} ${name.slice(prefix.length)}`, storage.getItem(name) ?? "");
    storage.removeItem(name);
  }
}

/**
 * Returns whether two sessions are of the same account on the same server. Any server can announce the id of
 * another one, so the connected server also has to list the login of the other session, whose name only its server
 * knows.
 */
async function isSame(known: ServerSession, { saved, server }: ServerSession): Promise<boolean> {
  const { id, username, token, device = "" } = known.saved;
  if (id === undefined || id !== saved.id || username !== saved.username) return false;
  if (token === undefined || device.length < minDeviceLength || !server?.extensions.has("tokens"))
    return false;
  const tokens = await server.account.listTokens({ timeoutMs: 3000 });
  return tokens.length <= maxTokens && tokens.some(({ client }) => client.endsWith(` ${device}`));
}

/**
 * Merges a connected session into the one of the same account on the same server at another address: moves its
 * texts, adds its address, signs it out and closes it. Returns the other session; undefined if there is none.
 */
export async function uniteSession(
  connected: ServerSession,
  sessions: readonly ServerSession[],
  texts: Texts,
): Promise<ServerSession | undefined> {
  for (const known of sessions) {
    // A server that does not reply stays apart.
    if (!(await isSame(known, connected).catch(() => false))) continue;
    moveTexts(connected.key, known.key, texts);
    known.conversations.outbox.flush();
    await known.addAddress(connected.address);
    await connected.signOut();
    await connected.close();
    return known;
  }
  return undefined;
}
