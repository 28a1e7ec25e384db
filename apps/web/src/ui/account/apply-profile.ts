import type { ServerLink } from "../../chat/server-session.ts";

/** What changes of a profile. */
export interface ProfileChanges {
  /** Absent: the name stays. */
  readonly name?: string | undefined;
  /** A PNG file; absent: the picture stays. */
  readonly picture?: Uint8Array | undefined;
}

/** What became of it on one server. */
export interface ProfileResult {
  readonly link: ServerLink;
  /** Absent where it worked. */
  readonly error?: unknown;
}

async function applyTo(link: ServerLink, { name, picture }: ProfileChanges): Promise<void> {
  const { server } = link;
  if (!server) return;
  // Servers refuse the name that one has already, as if somebody else had it.
  if (name !== undefined && name !== server.self?.username) await server.account.rename(name);
  if (picture) await server.account.setPicture(picture);
}

/**
 * Changes name and picture on several servers, and on the account's own server also what other programs take for
 * its profile. Every server is tried, whatever the others answer.
 */
export async function applyProfile(
  links: readonly ServerLink[],
  changes: ProfileChanges,
  homeKey: string,
): Promise<ProfileResult[]> {
  return await Promise.all(
    links.map(async (link): Promise<ProfileResult> => {
      try {
        await applyTo(link, changes);
        if (link.key === homeKey) {
          const { server } = link;
          const uname = changes.name ?? server?.self?.username ?? "";
          await server?.setSync({ uname, pfp: changes.picture ?? server.self?.pfp ?? new Uint8Array() });
        }
        return { link };
      } catch (error) {
        return { link, error };
      }
    }),
  );
}
