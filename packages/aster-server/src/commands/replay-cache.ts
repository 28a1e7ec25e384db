import type { Access } from "../access.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { ServerIdentity } from "../settings.ts";

/** State of the server from which a reply was built. */
export interface ReplayVersion {
  /** Sequence number of the newest event; the content is unchanged until there is a newer one. */
  readonly newest: number;
  readonly access: Access;
  readonly identity: ServerIdentity;
}

/** Limit of the cached JSON texts together, in characters. */
const maxSize = 8 * 1024 * 1024;

/**
 * Cache of replies to `events_after`, valid until the state of the server changes. After a crash thousands of
 * clients request the events they missed, and nearly all of them the same ones.
 */
export class ReplayCache {
  #version: ReplayVersion | undefined;
  readonly #replies = new Map<string, OutgoingPacket>();
  #size = 0;

  /** Returns the reply that was built for the same key from the same version, if any. */
  get(version: ReplayVersion, key: string): OutgoingPacket | undefined {
    return this.#isCurrent(version) ? this.#replies.get(key) : undefined;
  }

  /** Caches a reply if there is room for it. It must contain committed events only. */
  add(version: ReplayVersion, key: string, reply: OutgoingPacket): void {
    if (!this.#isCurrent(version)) {
      // Built from an older version than the cached replies.
      if (this.#version && version.newest < this.#version.newest) return;
      this.#version = version;
      this.#replies.clear();
      this.#size = 0;
    }
    if (this.#replies.has(key) || this.#size + reply.size > maxSize) return;
    this.#replies.set(key, reply);
    this.#size += reply.size;
  }

  #isCurrent({ newest, access, identity }: ReplayVersion): boolean {
    const current = this.#version;
    return newest === current?.newest && access === current.access && identity === current.identity;
  }
}
