import { expect, onTestFinished } from "vitest";
import { SavedServers } from "../../apps/web/src/chat/saved-server.ts";
import { ServerSession } from "../../apps/web/src/chat/server-session.ts";
import { Drafts } from "../../apps/web/src/lib/storage/drafts.ts";
import { Edits } from "../../apps/web/src/lib/storage/edits.ts";
import { memoryStorage } from "../../apps/web/src/lib/storage/memory-storage.test-support.ts";

export { AccountServers } from "../../apps/web/src/state/account-servers.ts";

declare global {
  /** Function of browsers, to which sessions report errors that have no other receiver. */
  function reportError(error: unknown): void;
}
globalThis.reportError ??= (error) => {
  throw error;
};

/** One browser's storage, and the sessions that its pages open. */
export class PageSessions {
  readonly storage = memoryStorage();
  readonly saved = new SavedServers(this.storage);

  /** Opens the session of a server on this machine as it is saved, or for the first time, until the test ends. */
  open(port: number, host = "127.0.0.1"): ServerSession {
    const { storage, saved } = this;
    const session = new ServerSession(saved.get(`${host}:${port}`) ?? { host, port, tls: false }, {
      storage,
      drafts: new Drafts(storage),
      edits: new Edits(storage),
      savedServers: saved,
      userAgent: "Firefox/140.0 Linux",
      pathOf: () => ({}),
      listener: {
        onSaved: (changed) => saved.set(changed.saved),
        onReady: () => {},
        onMessage: () => {},
        isWatching: () => false,
      },
    });
    onTestFinished(() => session.close());
    return session;
  }

  /** Opens a session and signs in, or registers. */
  async signIn(port: number, username: string, isNew = true): Promise<ServerSession> {
    const session = this.open(port);
    await session.signIn({ username, password: "secret", isNew }, session.address);
    return session;
  }
}

/** Waits until a session is ready. */
export const ready = (session: ServerSession): Promise<void> =>
  expect.poll(() => session.status).toBe("ready");
