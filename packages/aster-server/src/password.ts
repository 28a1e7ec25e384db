import { hash, verify } from "@node-rs/argon2";

const argon2id = 2;

// The reference server's parameters, so that it can read what is written here.
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password off the event loop, as a PHC string (Argon2id, version 19). */
export const hashPassword = (password: string): Promise<string> => hash(password, parameters);

/**
 * Whether a password fits a stored PHC string, with the parameters that the string names. A string that
 * cannot be read fits nothing.
 */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  try {
    return await verify(stored, password);
  } catch {
    return false;
  }
}
