import type { ByteLimits } from "./byte-limits.ts";

/** How bytes are opened and read, the same in every thread that does it; plain data. */
export interface ByteSettings {
  /** Whether connections to addresses that are not public are allowed. */
  readonly allowPrivateAddresses: boolean;
  /** Who asks. Shoutcast servers send a page of HTML to what calls itself Mozilla. */
  readonly userAgent: string;
  /** What opening and reading may cost, where it differs from the defaults. */
  readonly limits: Partial<ByteLimits>;
}

/** What the node calls itself unless it is told otherwise. */
export const defaultUserAgent = "Asterite";
