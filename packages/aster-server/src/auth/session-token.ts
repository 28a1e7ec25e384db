import { createHash, randomBytes } from "node:crypto";

const bits = 256;

/** A new session token: random, so that hashing it once is as good as a slow password hash. */
export const generateToken = (): string => randomBytes(bits / 8).toString("base64url");

/** The form in which a token is stored. */
export const hashToken = (token: string): Uint8Array => createHash("sha256").update(token).digest();
