import { Semaphore } from "@asterite/util";

/** Limits of the commands of one account. */
export interface UserQueueLimits {
  /** Commands of an account that run at a time. */
  readonly concurrencyPerUser: number;
  /** Commands of an account that wait for their turn. */
  readonly maxQueuedPerUser: number;
}

/** Runs the commands of each account in their order, a limited number at a time. */
export class UserQueues {
  readonly #limits: UserQueueLimits;
  readonly #queues = new Map<number, { readonly semaphore: Semaphore; tasks: number }>();

  constructor(limits: UserQueueLimits) {
    this.#limits = limits;
  }

  /** Returns whether another command of the account would neither run nor wait. */
  isFull(userUuid: number): boolean {
    const { concurrencyPerUser, maxQueuedPerUser } = this.#limits;
    return (this.#queues.get(userUuid)?.tasks ?? 0) >= concurrencyPerUser + maxQueuedPerUser;
  }

  /** Runs a task in its turn. The caller checks {@link isFull} before. */
  async run(userUuid: number, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const queue = this.#queues.get(userUuid) ?? {
      semaphore: new Semaphore(this.#limits.concurrencyPerUser),
      tasks: 0,
    };
    this.#queues.set(userUuid, queue);
    queue.tasks++;
    try {
      await queue.semaphore.run(task, signal);
    } finally {
      queue.tasks--;
      if (queue.tasks === 0) this.#queues.delete(userUuid);
    }
  }
}
