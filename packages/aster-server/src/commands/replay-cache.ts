import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { ServerContext } from "./handler.ts";

/** What an answer follows from. */
export interface ReplayVersion {
  /** The newest event: as long as there is none after it, everything is as it was. */
  readonly newest: number;
  readonly access: ServerContext["access"];
  readonly identity: ServerContext["identity"];
}

/** JSON text that is kept in all, in characters. */
const maxSize = 8 * 1024 * 1024;

/**
 * Answers to clients that catch up, kept until something happens: after a crash thousands ask what they have missed,
 * and nearly all of them the same.
 */
export class ReplayCache {
  #version: ReplayVersion | undefined;
  readonly #replies = new Map<string, OutgoingPacket>();
  #size = 0;

  /** The answer to the same question at the same moment, if there was one. */
  get(moment: ReplayVersion, question: string): OutgoingPacket | undefined {
    return this.#isCurrent(moment) ? this.#replies.get(question) : undefined;
  }

  /** Keeps an answer, unless there is no room for it. Only of what is durable. */
  add(moment: ReplayVersion, question: string, answer: OutgoingPacket): void {
    if (!this.#isCurrent(moment)) {
      // One that comes late is of no use any more.
      if (this.#version && moment.newest < this.#version.newest) return;
      this.#version = moment;
      this.#replies.clear();
      this.#size = 0;
    }
    if (this.#replies.has(question) || this.#size + answer.size > maxSize) return;
    this.#replies.set(question, answer);
    this.#size += answer.size;
  }

  #isCurrent({ newest, access, identity }: ReplayVersion): boolean {
    const { newest: number, access: facts, identity: name } = this.#version ?? {};
    return newest === number && access === facts && identity === name;
  }
}
