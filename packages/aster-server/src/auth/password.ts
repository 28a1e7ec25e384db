import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import { FairSemaphore } from "./fair-semaphore.ts";

const argon2id = 2;

// The reference server's parameters, so that it can verify hashes written here.
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Size of libuv's thread pool, which files, DNS, compression and hashes share. A hash occupies a thread until
 * it ends.
 */
const threadPoolSize = Number(process.env["UV_THREADPOOL_SIZE"]) || 4;

/** Limit of passwords that wait to be hashed. The connection of each one waits for its reply. */
const maxWaiting = 4096;

/** Hashes at a time: half of the threads remain for other I/O, and a processor for the event loop. */
const maxRunning = Math.max(1, Math.min(Math.floor(threadPoolSize / 2), availableParallelism() - 1));

/** One per process, like the thread pool. */
const hashSemaphore = new FairSemaphore(maxRunning, maxWaiting);

/** Hash of a random password, created with the first login to an account that does not exist or has no password. */
let decoy: Promise<string> | undefined;

/** Returns the number of passwords that wait to be hashed in this process. */
export const countWaitingPasswords = (): number => hashSemaphore.waitingCount;

/**
 * Hashes a password off the event loop, as a PHC string (Argon2id, version 19). Few hashes run concurrently;
 * waiting ones are scheduled round-robin by `owner`, the client network of the request.
 *
 * @throws SemaphoreFullError when too many passwords wait.
 */
export const hashPassword = (password: string, owner = ""): Promise<string> =>
  hashSemaphore.run(owner, () => hash(password, parameters));

/** Compares a password with a random one, for the time of a check. */
async function verifyAgainstDecoy(password: string): Promise<false> {
  decoy ??= hash(randomUUID(), parameters);
  await verify(await decoy, password);
  return false;
}

/**
 * Returns whether a password matches a stored PHC string, hashed with the parameters in the string. A
 * malformed string, such as that of an account without a password, matches no password, after the same time.
 * Queued like {@link hashPassword}.
 *
 * @throws SemaphoreFullError when too many passwords wait.
 */
export const verifyPassword = (stored: string, password: string, owner = ""): Promise<boolean> =>
  hashSemaphore.run(owner, async () => {
    try {
      return await verify(stored, password);
    } catch {
      return await verifyAgainstDecoy(password);
    }
  });

/**
 * Returns false after the time of a password check, so that the time of a reply does not show whether the
 * account exists. Queued like {@link hashPassword}.
 *
 * @throws SemaphoreFullError when too many passwords wait.
 */
export const verifyDecoy = (password: string, owner = ""): Promise<false> =>
  hashSemaphore.run(owner, () => verifyAgainstDecoy(password));
