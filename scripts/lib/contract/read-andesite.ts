import { type Entry, EntryCollector } from "./document.ts";

const labels = new Set([
  "Parameters",
  "Return type",
  "Returns",
  "Raises",
  "Notes",
  "See also",
  "Type",
  "Events",
]);
/** Headings of the document and of its parts. */
const parts: Readonly<Record<string, string>> = {
  "Andesite clients": "intro.document",
  "Combined client": "intro.combined",
  "HTTP client": "intro.http",
  "WebSocket client": "intro.web_socket",
};
/** Opens the last part, which has no heading. */
const eventsPart = "Event models for the web socket client.";
/** Functions and variables outside classes: their lines look like those of members. */
const moduleLevel = new Set(["create_client", "get_searcher", "try_connect", "USER_AGENT", "SearcherType"]);
/** Attributes of classes: lines with only their name. */
const attributes = new Set([
  "http",
  "web_socket",
  "code",
  "message",
  "max_connect_attempts",
  "web_socket_client",
  "client",
  "deliberate",
  "body",
  "guild_id",
  "op",
]);

const classHeading = /^(?:class|exception) (\w+)(?:\(.*\))?\[source\]$/;
const memberHeading = /^(?:abstract )?(?:async )?(?:property (\w+)|(\w+)\(.*\)(?:\[source\])?)$/;
const isCode = (line: string): boolean => /^(?:class MyEvent:|def |observable\.| {4})/.test(line);

/** Members that several classes share are equal without these marks. */
const withoutMarks = (heading: string): string => heading.replace(/^abstract |\[source\]$/g, "");

/** Joins the lines of each paragraph, and paragraphs that the document's layout has torn apart. */
function* readParagraphs(text: string): Generator<string> {
  let paragraph: string[] = [];
  const take = (): string[] => {
    const joined = paragraph.length > 0 ? [paragraph.join(" ")] : [];
    paragraph = [];
    return joined;
  };
  for (const line of text.split("\n")) {
    const content = line.trim();
    const last = paragraph.at(-1);
    if (content === "") {
      // "event", the parameter of emit, and a sentence that ends in "the", go on after an empty line.
      const isTorn = last === "event" || last?.endsWith("includes the") || (last && isCode(last));
      if (!isTorn) yield* take();
      continue;
    }
    const isHeading =
      labels.has(content) ||
      classHeading.test(content) ||
      memberHeading.test(content) ||
      attributes.has(content);
    if ((isHeading && !isCode(line)) || content.startsWith("•") || (last && isCode(last) && !isCode(line)))
      yield* take();
    paragraph.push(isCode(line) ? line : content);
    if (isHeading && !isCode(line)) yield* take();
  }
  yield* take();
}

/** Reads the document of the Andesite clients. */
export function readAndesiteDocument(text: string): readonly Entry[] {
  const collector = new EntryCollector();
  let scope = "";
  let label: string | undefined;
  let isInList = false;
  for (const paragraph of readParagraphs(text)) {
    const part = parts[paragraph] ?? (paragraph === eventsPart ? "intro.events" : undefined);
    const className = classHeading.exec(paragraph)?.[1];
    const [, property, method] = memberHeading.exec(paragraph) ?? [];
    const member = property ?? method ?? (attributes.has(paragraph) ? paragraph : undefined);
    const isBullet = paragraph.startsWith("•");
    if (part !== undefined) {
      scope = "";
      collector.open(part, scope, paragraph === eventsPart ? paragraph : undefined);
    } else if (className !== undefined) {
      scope = className;
      collector.open(scope, scope, withoutMarks(paragraph));
    } else if (moduleLevel.has(member ?? paragraph)) {
      scope = "";
      collector.open(member ?? paragraph, scope, withoutMarks(paragraph));
    } else if (member !== undefined) {
      collector.open(`${scope}.${member}`, scope, withoutMarks(paragraph));
    } else if (labels.has(paragraph)) {
      label = paragraph;
      isInList = false;
      continue;
    } else {
      // A list ends at the first paragraph that is no item of it; without bullets, it has one item.
      if (isInList && !isBullet) label = undefined;
      isInList = isBullet;
      if (isCode(paragraph)) collector.addSentence(paragraph, "Example");
      else collector.add(paragraph.replace(/^• /, ""), label);
      if (isBullet) continue;
    }
    isInList = false;
    label = undefined;
  }
  return collector.entries;
}
