import type { Channel } from "@asterite/aster";
import type { Entry } from "../chat/entry.ts";
import type { ServerLink } from "../chat/server-session.ts";
import { plainText } from "../lib/markdown/index.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import { mentions } from "../lib/text/mentions.ts";

/** Whether the browser can show notifications at all. */
export const canNotify = (): boolean => "Notification" in globalThis && isSecureContext;

/** Shows a message by the desktop if it speaks to the account, and goes to it when it is clicked. */
export function notifyMention(link: ServerLink, channel: Channel, entry: Entry, open: () => void): void {
  const name = link.server?.self?.username ?? "";
  if (!canNotify() || Notification.permission !== "granted" || !mentions(entry.content, name)) return;
  const author = cleanName(link.server?.getUser(entry.author)?.username ?? "");
  const notification = tryToNotify(`${author} · #${cleanName(channel.name)}`, {
    body: plainText(entry.content),
    tag: `${link.key}/${channel.uuid}`,
  });
  if (!notification) return;
  notification.addEventListener("click", () => {
    window.focus();
    open();
    notification.close();
  });
}

/** Browsers of phones have notifications, but do not let a page itself make one. */
function tryToNotify(title: string, options: NotificationOptions): Notification | undefined {
  try {
    return new Notification(title, options);
  } catch {
    return undefined;
  }
}
