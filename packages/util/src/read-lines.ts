/**
 * Yields the lines of a stream in UTF-8 without their ends, the last one also without an end. Lines end at newlines only:
 * `node:readline` also ends them at U+2028 and U+2029, which JSON contains unescaped.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    rest += text;
    if (!text.includes("\n")) continue;
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
