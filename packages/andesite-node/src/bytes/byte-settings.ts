import type { ByteLimits } from "./byte-limits.ts";

/** Settings for opening and reading bytes, as plain data: all threads get the same. */
export interface ByteSettings {
  /** Whether connections to addresses that are not public are allowed. */
  readonly allowPrivateAddresses: boolean;
  /** `User-Agent` of requests. Shoutcast servers send an HTML page to user agents that begin with Mozilla. */
  readonly userAgent: string;
  /** Limits that differ from {@link defaultByteLimits}. */
  readonly limits: Partial<ByteLimits>;
}

/** Default `User-Agent` of the node's requests. */
export const defaultUserAgent = "Asterite";
