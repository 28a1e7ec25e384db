import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { ServerContext } from "./handler.ts";

/** What an answer follows from. */
export interface CatchUpMoment {
  /** The newest event: as long as there is none after it, everything is as it was. */
  readonly newest: number;
  readonly access: ServerContext["access"];
  readonly identity: ServerContext["identity"];
}

/** JSON text that is kept in all, in characters. */
const mostKept = 8 * 1024 * 1024;

/**
 * Answers to clients that catch up, kept until something happens: after a crash thousands ask what they have missed,
 * and nearly all of them the same.
 */
export class CatchUps {
  #moment: CatchUpMoment | undefined;
  readonly #answers = new Map<string, OutgoingPacket>();
  #kept = 0;

  /** The answer to the same question at the same moment, if there was one. */
  find(moment: CatchUpMoment, question: string): OutgoingPacket | undefined {
    return this.#isNow(moment) ? this.#answers.get(question) : undefined;
  }

  /** Keeps an answer, unless there is no room for it. Only of what is durable. */
  keep(moment: CatchUpMoment, question: string, answer: OutgoingPacket): void {
    if (!this.#isNow(moment)) {
      // One that comes late is of no use any more.
      if (this.#moment && moment.newest < this.#moment.newest) return;
      this.#moment = moment;
      this.#answers.clear();
      this.#kept = 0;
    }
    if (this.#answers.has(question) || this.#kept + answer.size > mostKept) return;
    this.#answers.set(question, answer);
    this.#kept += answer.size;
  }

  #isNow({ newest, access, identity }: CatchUpMoment): boolean {
    const { newest: number, access: facts, identity: name } = this.#moment ?? {};
    return newest === number && access === facts && identity === name;
  }
}
