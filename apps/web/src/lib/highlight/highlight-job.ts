import type { CodeToken } from "./code-token.ts";

/** Code to highlight. */
export interface HighlightRequest {
  readonly language: string;
  readonly text: string;
}

/** Message of the worker. Each request is answered by `started` and `done`, or by `failed`. */
export type HighlightReply =
  | { readonly type: "started" }
  | { readonly type: "done"; readonly tokens: readonly CodeToken[] }
  | { readonly type: "failed" };

/** Worker that highlights one piece of code at a time. */
export interface HighlightWorker {
  postMessage(request: HighlightRequest): void;
  terminate(): void;
}

/** Starts a worker. The callback receives its messages, and `failed` if it cannot run. */
export type CreateWorker = (onReply: (reply: HighlightReply) => void) => HighlightWorker;

/** Time limits in milliseconds. */
export interface HighlightLimits {
  /** To load the grammar. */
  readonly loadMs: number;
  /** To highlight the code. */
  readonly runMs: number;
}

/** Longer code is not highlighted, to bound the work that a message can cause. */
const maxCharacters = 20_000;
/** Number of slow texts that are remembered. */
const maxSlow = 100;

const defaultLimits: HighlightLimits = { loadMs: 15_000, runMs: 500 };

/** Queue of a worker, which is replaced if it exceeds a time limit: grammars can take exponential time. */
export class HighlightQueue {
  readonly #createWorker: CreateWorker;
  readonly #limits: HighlightLimits;
  #worker: HighlightWorker | undefined;
  #handleReply: ((reply: HighlightReply) => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Code that exceeded the limit, so that it is not tried again. */
  readonly #slow = new Set<string>();

  constructor(createWorker: CreateWorker, limits = defaultLimits) {
    this.#createWorker = createWorker;
    this.#limits = limits;
  }

  /** Highlights code. Resolves with undefined if the code is too long, or if that fails or takes too much time. */
  highlight(request: HighlightRequest): Promise<readonly CodeToken[] | undefined> {
    if (request.text.length > maxCharacters) return Promise.resolve(undefined);
    const result = this.#last.then(() => this.#run(request));
    this.#last = result;
    return result;
  }

  #run(request: HighlightRequest): Promise<readonly CodeToken[] | undefined> {
    if (this.#slow.has(request.text)) return Promise.resolve(undefined);
    this.#worker ??= this.#createWorker((reply) => this.#handleReply?.(reply));
    const worker = this.#worker;
    return new Promise((resolve) => {
      const abandon = (): void => {
        clearTimeout(timer);
        worker.terminate();
        this.#handleReply = undefined;
        this.#worker = undefined;
        resolve(undefined);
      };
      let timer = setTimeout(abandon, this.#limits.loadMs);
      this.#handleReply = (reply) => {
        clearTimeout(timer);
        if (reply.type === "failed") abandon();
        else if (reply.type === "done") resolve(reply.tokens);
        else {
          timer = setTimeout(() => {
            if (this.#slow.size === maxSlow) this.#slow.clear();
            this.#slow.add(request.text);
            abandon();
          }, this.#limits.runMs);
        }
      };
      worker.postMessage(request);
    });
  }
}
