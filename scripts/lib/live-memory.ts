import { once } from "node:events";

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly sessionId: string;
    readonly message?: string;
    readonly workerInfo?: { readonly url: string };
  };
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

const usedBytes = "(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())";

/** Inspector connection to a program started with `--inspect` and its worker threads. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #pendingCalls = new Map<number, (reply: Reply) => void>();
  /** Worker threads and the files that they run. */
  readonly threads: { readonly id: string; readonly url: string }[] = [];
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data)) as Reply));
  }

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Inspector(socket);
  }

  /** @param thread - Default: the main thread. */
  call(method: string, params: object = {}, thread?: string): Promise<Reply> {
    const id = ++this.#lastId;
    const message = JSON.stringify({ id, method, params });
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#pendingCalls.set(id, resolve);
    const wrapped = { sessionId: thread, message };
    this.#socket.send(
      thread === undefined
        ? message
        : JSON.stringify({ id: ++this.#lastId, method: "NodeWorker.sendMessageToWorker", params: wrapped }),
    );
    return promise;
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, method, params, ...reply }: Reply): void {
    if (id !== undefined) {
      this.#pendingCalls.get(id)?.(reply);
      this.#pendingCalls.delete(id);
    } else if (params && method === "NodeWorker.attachedToWorker") {
      this.threads.push({ id: params.sessionId, url: params.workerInfo?.url ?? "" });
    } else if (params?.message !== undefined && method === "NodeWorker.receivedMessageFromWorker") {
      this.#receive(JSON.parse(params.message) as Reply);
    }
  }
}

/**
 * Returns the memory of live objects of a program and its threads in MiB, after a garbage collection.
 * Resident memory is no measure of leaks, because a process keeps memory that has been freed.
 *
 * @param url - URL of the inspector, as the program prints it on standard error.
 * @param counts - Selects the worker threads to include, by the file that they run.
 */
export async function liveMiB(url: string, counts: (file: string) => boolean): Promise<number> {
  const inspector = await Inspector.open(url);
  await inspector.call("NodeWorker.enable", { waitForDebuggerOnStart: false });
  let bytes = 0;
  const threads = inspector.threads.filter(({ url }) => counts(url)).map(({ id }) => id);
  for (const thread of [undefined, ...threads]) {
    // Objects freed by the first collection may have kept others alive.
    for (let turn = 0; turn < 2; turn++) await inspector.call("HeapProfiler.collectGarbage", {}, thread);
    const { result } = await inspector.call("Runtime.evaluate", { expression: usedBytes }, thread);
    bytes += Number(result?.result?.value);
  }
  inspector.close();
  return bytes / 2 ** 20;
}
