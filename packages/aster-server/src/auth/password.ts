import { hash, verify } from "@node-rs/argon2";
import { FairSemaphore } from "./fair-semaphore.ts";

const argon2id = 2;

// The reference server's parameters, so that it can read what is written here.
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Threads that Node shares among files, names, compression and hashes; a hash holds one for its whole time. */
const threadPoolSize = Number(process.env["UV_THREADPOOL_SIZE"]) || 4;

/** Most passwords that may wait to be hashed; each is held by a connection that waits for its answer. */
const maxWaiting = 4096;

/** One per process, as the threads are: half of them remain for everything else. */
const hashSemaphore = new FairSemaphore(Math.max(1, Math.floor(threadPoolSize / 2)), maxWaiting);

/** How many passwords wait for their turn, in this process. */
export const countWaitingPasswords = (): number => hashSemaphore.waitingCount;

/**
 * Hashes a password off the event loop, as a PHC string (Argon2id, version 19). Few hashes run at once; the
 * `owner`s, which are the networks that the requests come from, take turns.
 *
 * @throws GateFullError when too many wait.
 */
export const hashPassword = (password: string, owner = ""): Promise<string> =>
  hashSemaphore.run(owner, () => hash(password, parameters));

/**
 * Whether a password fits a stored PHC string, with the parameters that the string names. A string that
 * cannot be read fits nothing. Waits like {@link hashPassword}.
 *
 * @throws GateFullError when too many wait.
 */
export const verifyPassword = (stored: string, password: string, owner = ""): Promise<boolean> =>
  hashSemaphore.run(owner, async () => {
    try {
      return await verify(stored, password);
    } catch {
      return false;
    }
  });
