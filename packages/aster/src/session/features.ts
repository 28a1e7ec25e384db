import type { ExtensionName, ReplyFields } from "@asterite/aster-protocol";
import { AsterError, ExtensionError } from "../errors.ts";

/** Features that a server announced in its reply to `hello`; empty if the server does not support `hello`. */
export class Features {
  /** Name and version of the server software; undefined if not announced. */
  readonly software: string | undefined;
  /** Extensions negotiated on the connection. */
  readonly extensions: ReadonlySet<string>;
  /**
   * Random id of the server, the same under every address and after a restore; undefined on older servers.
   */
  readonly serverId: string | undefined;
  /** Limits of the server, by name. */
  readonly limits: Readonly<Record<string, number>>;
  readonly #address: string;
  readonly #isKnown: boolean;

  /**
   * @param requested - Extensions that the client requested; the server announces all that it has. Undefined
   *   before the first connection.
   */
  constructor(address: string, hello?: ReplyFields<"hello">, requested?: readonly string[]) {
    this.#address = address;
    this.#isKnown = requested !== undefined;
    this.software = hello?.server;
    this.extensions = new Set(hello?.extensions.filter((name) => requested?.includes(name)));
    this.serverId = hello?.server_id;
    this.limits = hello?.limits ?? {};
  }

  has(extension: ExtensionName): boolean {
    return this.extensions.has(extension);
  }

  /**
   * @throws ExtensionError if the server lacks the extension; AsterError `CONNECTION_LOST` before the first
   *   connection, when it is unknown.
   */
  require(extension: ExtensionName): void {
    const context = { server: this.#address };
    if (this.has(extension)) return;
    throw this.#isKnown
      ? new ExtensionError(extension, context)
      : new AsterError("CONNECTION_LOST", "not connected", context);
  }
}
