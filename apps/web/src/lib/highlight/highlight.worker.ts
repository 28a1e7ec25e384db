import { highlight, loadGrammar } from "./highlight.ts";
import type { HighlightReply, HighlightRequest } from "./highlight-job.ts";

const reply = (message: HighlightReply): void => postMessage(message);

addEventListener("message", async ({ data }: MessageEvent<HighlightRequest>) => {
  try {
    const grammar = await loadGrammar(data.language);
    // The deadline starts here: loading depends on the network and not on the code.
    reply({ type: "started" });
    reply({ type: "done", tokens: grammar ? highlight(grammar, data.text) : [data.text] });
  } catch {
    reply({ type: "failed" });
  }
});
