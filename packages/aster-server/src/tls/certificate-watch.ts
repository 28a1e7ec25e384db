import { readFile } from "node:fs/promises";
import type { Logger } from "@asterite/util";
import { type Certificate, type CertificateFiles, readCertificate } from "./certificate.ts";

const defaultCheckMs = 10_000;

/**
 * Reloads a certificate when its files change. Polls the contents, because file system events are unreliable
 * for files that are replaced by renaming, behind a symbolic link or on a network drive. While certificate
 * and key do not match, as in the middle of a renewal, the old ones stay in use.
 */
export class CertificateWatch {
  readonly #files: CertificateFiles | undefined;
  readonly #logger: Logger;
  readonly #onRenewed: (certificate: Certificate) => void;
  readonly #checkMs: number;
  #current: Certificate;
  #lastFailure: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    certificate: Certificate,
    logger: Logger,
    onRenewed: (certificate: Certificate) => void,
    checkMs = defaultCheckMs,
  ) {
    this.#files = certificate.files;
    this.#current = certificate;
    this.#logger = logger;
    this.#onRenewed = onRenewed;
    this.#checkMs = checkMs;
    this.#scheduleCheck();
  }

  /** The certificate in use. */
  get current(): Certificate {
    return this.#current;
  }

  /** Stops polling. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #scheduleCheck(): void {
    if (this.#isClosed || !this.#files) return;
    const { chainFile, keyFile } = this.#files;
    this.#timer = setTimeout(() => {
      void this.#check(chainFile, keyFile).finally(() => this.#scheduleCheck());
    }, this.#checkMs);
    this.#timer.unref();
  }

  async #check(chainFile: string, keyFile: string): Promise<void> {
    try {
      const [chain, key] = [await readFile(chainFile, "utf8"), await readFile(keyFile, "utf8")];
      if (chain === this.#current.chain && key === this.#current.key) {
        this.#lastFailure = undefined;
        return;
      }
      const renewed = await readCertificate(chainFile, keyFile);
      if (this.#isClosed) return;
      this.#onRenewed(renewed);
      const [before, after] = [this.#current.fingerprint256, renewed.fingerprint256];
      this.#current = renewed;
      this.#lastFailure = undefined;
      this.#logger.info({ before, after }, "certificate replaced");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === this.#lastFailure) return;
      this.#lastFailure = reason;
      this.#logger.warn({ reason }, "certificate not reloaded: keeping the old one");
    }
  }
}
