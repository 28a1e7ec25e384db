import type { Channel } from "@asterite/aster";
import type { Entry } from "../chat/entry.ts";
import type { ServerSession } from "../chat/server-session.ts";
import { plainText } from "../lib/markdown/index.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import { mentions } from "../lib/text/mentions.ts";

/** Returns whether the browser supports notifications for this page. */
export const canNotify = (): boolean => "Notification" in globalThis && isSecureContext;

/** Shows a desktop notification if a message mentions the account. A click on it opens the message. */
export function notifyMention(
  session: ServerSession,
  channel: Channel,
  entry: Entry,
  open: () => void,
): void {
  const name = session.server?.self?.username ?? "";
  if (!canNotify() || Notification.permission !== "granted" || !mentions(entry.content, name)) return;
  const author = cleanName(session.server?.getUser(entry.author)?.username ?? "");
  const notification = createNotification(`${author} · #${cleanName(channel.name)}`, {
    body: plainText(entry.content),
    tag: `${session.key}/${channel.uuid}`,
  });
  if (!notification) return;
  notification.addEventListener("click", () => {
    window.focus();
    open();
    notification.close();
  });
}

/** Mobile browsers define `Notification`, but its constructor throws. */
function createNotification(title: string, options: NotificationOptions): Notification | undefined {
  try {
    return new Notification(title, options);
  } catch {
    return undefined;
  }
}
