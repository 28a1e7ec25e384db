import type { SimpleError } from "@asterite/andesite-protocol";

/** Rejects a request with a simple error of the protocol (section 5.1). */
export class HttpError extends Error {
  override readonly name = "RefusedRequest";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Body of the response. */
  get body(): SimpleError {
    return { code: this.status, message: this.message };
  }
}
