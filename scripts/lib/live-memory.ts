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

/** A program that was started with `--inspect`, and its threads, asked through the protocol of its inspector. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  /** The threads beside the main one, and what they run. */
  readonly threads: { readonly id: string; readonly url: string }[] = [];
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data)) as Reply));
  }

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Inspector(socket);
  }

  /** @param thread - Default: the main one. */
  ask(method: string, params: object = {}, thread?: string): Promise<Reply> {
    const id = ++this.#last;
    const message = JSON.stringify({ id, method, params });
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, resolve);
    const wrapped = { sessionId: thread, message };
    this.#socket.send(
      thread === undefined
        ? message
        : JSON.stringify({ id: ++this.#last, method: "NodeWorker.sendMessageToWorker", params: wrapped }),
    );
    return promise;
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, method, params, ...reply }: Reply): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.(reply);
      this.#waiting.delete(id);
    } else if (params && method === "NodeWorker.attachedToWorker") {
      this.threads.push({ id: params.sessionId, url: params.workerInfo?.url ?? "" });
    } else if (params?.message !== undefined && method === "NodeWorker.receivedMessageFromWorker") {
      this.#take(JSON.parse(params.message) as Reply);
    }
  }
}

/**
 * What the objects of a program and its threads take that are still in use, in MiB: garbage is collected first. The
 * memory of the process says little about that, since it keeps what was free once.
 *
 * @param url - Where the inspector of the program listens, as it says on standard error.
 * @param counts - Which threads count beside the main one, by the file that they run.
 */
export async function liveMiB(url: string, counts: (file: string) => boolean): Promise<number> {
  const inspector = await Inspector.open(url);
  await inspector.ask("NodeWorker.enable", { waitForDebuggerOnStart: false });
  let bytes = 0;
  const threads = inspector.threads.filter(({ url }) => counts(url)).map(({ id }) => id);
  for (const thread of [undefined, ...threads]) {
    // What the first time lets go of may hold what the second time finds.
    for (let turn = 0; turn < 2; turn++) await inspector.ask("HeapProfiler.collectGarbage", {}, thread);
    const { result } = await inspector.ask("Runtime.evaluate", { expression: usedBytes }, thread);
    bytes += Number(result?.result?.value);
  }
  inspector.close();
  return bytes / 2 ** 20;
}
