import type { ServerSession } from "../../chat/server-session.ts";

/** Changes to a profile. */
export interface ProfileChanges {
  /** New name; absent to keep it. */
  readonly name?: string | undefined;
  /** New picture as PNG; absent to keep it. */
  readonly picture?: Uint8Array | undefined;
}

/** Result of a profile change on one server. */
export interface ProfileResult {
  readonly session: ServerSession;
  /** Cause of a failure; absent on success. */
  readonly error?: unknown;
}

async function applyTo(session: ServerSession, { name, picture }: ProfileChanges): Promise<void> {
  const { server } = session;
  if (!server) return;
  // Servers reject the current name as taken.
  if (name !== undefined && name !== server.self?.username) await server.account.rename(name);
  if (picture) await server.account.setPicture(picture);
}

/**
 * Changes name and picture on several servers, and on the home server also the synced profile that other
 * clients use. A failure on one server does not affect the others.
 */
export async function applyProfile(
  sessions: readonly ServerSession[],
  changes: ProfileChanges,
  homeKey: string,
): Promise<ProfileResult[]> {
  return await Promise.all(
    sessions.map(async (session): Promise<ProfileResult> => {
      try {
        await applyTo(session, changes);
        if (session.key === homeKey) {
          const { server } = session;
          const uname = changes.name ?? server?.self?.username ?? "";
          const pfp = changes.picture ?? (server?.self && (await server.fetchPicture(server.self)));
          await server?.setSync({ uname, pfp: pfp ?? new Uint8Array() });
        }
        return { session };
      } catch (error) {
        return { session, error };
      }
    }),
  );
}
