import { Deadline } from "../deadline.ts";
import { ClientClosedError, MalformedDataError } from "../errors.ts";

/** What a session needs of `fetch`. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** An answer whose body has been read. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** What the node wrote beside the status. */
  readonly statusText: string;
  /** The body, decoded as UTF-8. */
  readonly text: string;
}

/** The requests between the opening and closing of a client, so that they can be ended together. */
export class HTTPSession {
  readonly #fetch: Fetch;
  readonly #maxResponseBytes: number;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  /** @param options - The largest answer, and how long one may take. */
  constructor(fetch: Fetch, options: { readonly maxResponseBytes: number; readonly timeoutMs: number }) {
    this.#fetch = fetch;
    this.#maxResponseBytes = options.maxResponseBytes;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Whether it has been closed; a closed session is never used again. */
  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * Sends a request and reads the whole answer.
   *
   * Rejects with a `ClientClosedError` when the session is closed meanwhile, with the reason of the signal, with a
   * `DOMException` called `TimeoutError` when the answer is not there in time, with a `MalformedDataError` when it is
   * too large, and with what the transport reports.
   */
  send(url: URL, init: RequestInit, signal?: AbortSignal | null): Promise<Answer> {
    const running = this.#send(url, init, signal);
    this.#running.add(running);
    const remove = () => this.#running.delete(running);
    running.then(remove, remove);
    return running;
  }

  /** Aborts what is running and waits until it has ended. */
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
