import { Deadline } from "../deadline.ts";
import { ClientClosedError, MalformedDataError } from "../errors.ts";

/** Subset of the signature of `fetch` that a session uses. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** A response whose body has been read. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** Reason phrase of the status line. */
  readonly statusText: string;
  /** Body, decoded as UTF-8. */
  readonly text: string;
}

/** Running requests of a client, which can be aborted together. */
export class HTTPSession {
  readonly #fetch: Fetch;
  readonly #maxResponseBytes: number;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  /** @param options - Maximum size of a response in bytes, and time limit of a request in ms. */
  constructor(fetch: Fetch, options: { readonly maxResponseBytes: number; readonly timeoutMs: number }) {
    this.#fetch = fetch;
    this.#maxResponseBytes = options.maxResponseBytes;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Whether the session is closed. A closed session cannot be reopened. */
  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * Sends a request and reads the whole response.
   *
   * Rejects with a `ClientClosedError` when the session is closed during the request, with the reason of the
   * signal, with a `DOMException` named `TimeoutError` after the time limit, with a `MalformedDataError` when
   * the response is too large, and with errors of the transport.
   */
  send(url: URL, init: RequestInit, signal?: AbortSignal | null): Promise<Answer> {
    const running = this.#send(url, init, signal);
    this.#running.add(running);
    const remove = () => this.#running.delete(running);
    running.then(remove, remove);
    return running;
  }

  /** Aborts the running requests and waits until they have ended. */
  async close(): Promise<void> {
    this.#closing.abort(new ClientClosedError("the client was closed during the request"));
    await Promise.allSettled(this.#running);
  }

  async #send(url: URL, init: RequestInit, signal?: AbortSignal | null): Promise<Answer> {
    using deadline = new Deadline([this.#closing.signal, signal], this.#timeoutMs);
    const response = await this.#fetch(url, { ...init, signal: deadline.signal });
    const { status, statusText } = response;
    return { status, statusText, text: await this.#read(response) };
  }

  async #read(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    const reader = response.body?.getReader();
    if (!reader) return text;
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      size += step.value.byteLength;
      if (size > this.#maxResponseBytes) {
        await reader.cancel();
        throw new MalformedDataError("response", "", `at most ${this.#maxResponseBytes} bytes`);
      }
      text += decoder.decode(step.value, { stream: true });
    }
    return text + decoder.decode();
  }
}
