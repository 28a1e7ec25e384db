import { createHash, randomBytes } from "node:crypto";

const bits = 256;

/** Returns a new random session token. Its entropy makes a plain hash as safe as a slow password hash. */
export const generateToken = (): string => randomBytes(bits / 8).toString("base64url");

/** Returns the hash under which a token is stored. */
export const hashToken = (token: string): Uint8Array => createHash("sha256").update(token).digest();
