import type { ServerSession } from "../../chat/server-session.ts";
import type { App } from "../../state/app.svelte.ts";
import { t } from "../../texts/texts.svelte.ts";

/** Bans an account after a confirmation. `onBanned` is called when the server has banned it. */
export function confirmBan(
  app: App,
  session: ServerSession,
  user: number,
  onBanned: () => unknown = () => {},
): void {
  app.confirm({
    title: t("settings.banTitle", { name: session.users.nameOf(user, t("messages.unknown")) }),
    text: t("settings.banText"),
    action: t("settings.ban"),
    run: async () => {
      await session.server?.admin.banUser(user);
      await onBanned();
    },
  });
}
