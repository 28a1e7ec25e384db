import { expect, it, onTestFinished, vi } from "vitest";
import type { CodeToken } from "./code-token.ts";
import { highlight, loadGrammar } from "./highlight.ts";
import {
  type CreateWorker,
  HighlightQueue,
  type HighlightReply,
  type HighlightRequest,
  type HighlightWorker,
} from "./highlight-job.ts";
import { resolveLanguage } from "./languages.ts";

const textOf = (token: CodeToken): string =>
  typeof token === "string" ? token : token.children.map(textOf).join("");

it("highlights code without changing the text", async () => {
  const code = 'const a = "<b>&amp;</b>"; // note\nif (a) return 5;';
  expect(await loadGrammar("typescript")).toBe("typescript");
  const children = highlight("typescript", code);
  expect(children.map(textOf).join("")).toBe(code);
  const types = new Set(children.map((token) => (typeof token === "string" ? "text" : token.type)));
  expect([...types]).toEqual(expect.arrayContaining(["keyword", "string", "comment", "number"]));
});

it("knows languages by name and alias", async () => {
  expect(resolveLanguage("nonsense")).toBeUndefined();
  expect(resolveLanguage("constructor")).toBeUndefined();
  expect(resolveLanguage("c++")).toBe("cpp");
  expect(await loadGrammar("nonsense")).toBeUndefined();
});

/** Worker that never finishes code with the text "slow" and fails for "bad". */
class TestWorker implements HighlightWorker {
  readonly #onReply: (reply: HighlightReply) => void;
  isTerminated = false;
  readonly requests: string[] = [];

  constructor(onReply: (reply: HighlightReply) => void) {
    this.#onReply = onReply;
  }

  async postMessage({ text }: HighlightRequest): Promise<void> {
    this.requests.push(text);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (text === "bad") return this.#onReply({ type: "failed" });
    if (text !== "unloaded") this.#onReply({ type: "started" });
    if (text.startsWith("fast")) this.#onReply({ type: "done", tokens: [text] });
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

it("replaces a worker that exceeds a time limit, and starts none for long code", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const workers: TestWorker[] = [];
  const createWorker: CreateWorker = (onReply) => {
    const worker = new TestWorker(onReply);
    workers.push(worker);
    return worker;
  };
  const queue = new HighlightQueue(createWorker, { loadMs: 60, runMs: 30 });
  const long = "fast".padEnd(20_001);
  expect(await queue.highlight({ language: "c", text: long })).toBeUndefined();
  expect(workers).toEqual([]);
  const texts = ["fast", "bad", "slow", "fast 2", "slow", "unloaded", "fast 3"];
  const highlighted = Promise.all(texts.map((text) => queue.highlight({ language: "c", text })));
  await vi.advanceTimersByTimeAsync(1000);
  const results = await highlighted;
  expect(results).toEqual([["fast"], undefined, undefined, ["fast 2"], undefined, undefined, ["fast 3"]]);
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, true, true, false]);
  // Slow code is tried once.
  expect(workers.flatMap(({ requests }) => requests).filter((text) => text === "slow")).toHaveLength(1);
});
