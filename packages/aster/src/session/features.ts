import type { ExtensionName, ReplyFields } from "@asterite/aster-protocol";
import { ExtensionError } from "../errors.ts";

/** What a server told about itself in its answer to `hello`; nothing, if it does not know that command. */
export class Features {
  /** Name and version of the server's software; undefined for one without extensions. */
  readonly software: string | undefined;
  /** The extensions in force on the connection. */
  readonly extensions: ReadonlySet<string>;
  /** Sizes that the server applies, by name. */
  readonly limits: Readonly<Record<string, number>>;
  readonly #server: string;

  constructor(server: string, hello?: ReplyFields<"hello">) {
    this.#server = server;
    this.software = hello?.server;
    this.extensions = new Set(hello?.extensions);
    this.limits = hello?.limits ?? {};
  }

  has(extension: ExtensionName): boolean {
    return this.extensions.has(extension);
  }

  /** @throws ExtensionError if the server lacks it. */
  require(extension: ExtensionName): void {
    if (!this.has(extension)) throw new ExtensionError(extension, { server: this.#server });
  }
}
