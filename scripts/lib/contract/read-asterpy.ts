import { type Entry, EntryCollector } from "./document.ts";

const labels: Readonly<Record<string, string>> = {
  "- Parameters:": "Parameters",
  "- Return type:": "Return type",
  "- Returns:": "Returns",
};
/** Lines of the layout that claim nothing. */
const layout = new Set(["API Documentation#", "Classes#", "Attributes", "Methods"]);

const classHeading = /^- class asterpy\.(\w+)\(.*\)#$/;
const memberHeading = /^- (?:async )?@?(\w+)(?:\(.*\))?(?: = \d+)?#$/;

/** Starts of items whose line breaks are missing in the document. */
const itemStart =
  /(?<=\s|\.|\)|servers|sent)(?=(?:port|uuid|username|password|login|register|reply_to|count|init_message|servers) (?:\(|–))|\s(?=on_\w+:|:type|:param|:rtype|:returns)/;

/** Removes the spaces that line breaks around types have left. */
const tidy = (text: string): string =>
  text
    .trim()
    .replace(/^- /, "")
    .replace(/([([]) | (?=[)\]])/g, "$1");
const withoutMarks = (heading: string): string => heading.replace(/^- |#$/g, "");

/** Reads the document of asterpy, whose layout loses most line breaks. */
export function readAsterpyDocument(document: string): readonly Entry[] {
  const collector = new EntryCollector();
  let scope = "";
  let label: string | undefined;
  let lines: string[] = [];
  const flush = (): void => {
    // Types and code stand on lines of their own, inside of sentences.
    const items = lines.join(" ").split(itemStart);
    for (const item of items) if (item.trim() !== "") collector.add(tidy(item), label);
    lines = [];
    label = undefined;
  };
  // An attribute with a default covers four lines: "-", its name, its type and its value with its comment. The
  // last line of the class Server repeats the first attribute.
  const text = document
    .replace(/^-\nname:\n(?=- class)/m, "")
    .replace(/^-\n(\w+):\n(\w+)\n= (b?'')#/gm, "- $1: $2 = $3#\n");
  for (const joined of text.split("\n")) {
    // A list can begin on the line on which the previous sentence ends.
    for (const line of joined.split(/(?<=.)(?=- (?:Parameters|Return type|Returns):$)/)) {
      const [, className] = classHeading.exec(line) ?? [];
      const member = memberHeading.exec(line)?.[1] ?? /^- (\w+): \w+ = b?''#$/.exec(line)?.[1];
      const isHeading = className !== undefined || member !== undefined || line in labels || layout.has(line);
      if (isHeading || line === "Naming#") flush();
      if (className !== undefined) {
        scope = className;
        collector.open(scope, scope, withoutMarks(line));
      } else if (member !== undefined) {
        collector.open(`${scope}.${member}`, scope, withoutMarks(line));
      } else if (line === "Naming#") {
        collector.open("intro.naming", scope);
      } else if (line in labels) {
        label = labels[line];
      } else if (!layout.has(line)) {
        lines.push(line);
      }
    }
  }
  flush();
  return collector.entries;
}
