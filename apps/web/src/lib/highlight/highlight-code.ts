import { trustedScriptUrl } from "../trusted-script-url.ts";
import type { CodeToken } from "./code-token.ts";
import workerUrl from "./highlight.worker.ts?worker&url";
import { HighlightQueue, type HighlightReply } from "./highlight-job.ts";
import { resolveLanguage } from "./languages.ts";

const trustedUrl = trustedScriptUrl("asterite-worker", workerUrl);

const queue = new HighlightQueue((onReply) => {
  const worker = new Worker(trustedUrl, { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<HighlightReply>) => onReply(data));
  worker.addEventListener("error", () => onReply({ type: "failed" }));
  return worker;
});

/**
 * Highlights code in a worker. Returns undefined if the language is unknown, or if the code is too long or takes
 * too much time.
 */
export async function highlightCode(
  language: string,
  text: string,
): Promise<readonly CodeToken[] | undefined> {
  const name = resolveLanguage(language);
  if (name === undefined) return undefined;
  return await queue.highlight({ language: name, text });
}
