import type { CodeBlock } from "../markdown.ts";

/** An arrow of a diagram. */
interface Step {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const terminal = "[*]";

/** Parses a line of a state diagram: `from --> to: label`. */
function readTransition(line: string): Step[] {
  const match = /^(.+?) --> ([^:]+?)(?:: (.+))?$/.exec(line);
  if (!match?.[1] || !match[2]) throw new Error(`no transition: "${line}"`);
  const [, from, to, label = ""] = match;
  return [{ from: from === terminal ? "(start)" : from, to: to === terminal ? "(end)" : to, label }];
}

/** Parses a line of a flowchart: `a -- label --> b[words] & c <-- label --> d`. */
function readFlow(line: string, names: Map<string, string>): Step[] {
  const arrow = / (?:<?-->|<?-- (.+?) -->) /;
  const parts = line.split(arrow);
  const arrows = [...line.matchAll(new RegExp(arrow, "g"))].map(([text]) => text.trim());
  if (arrows.length === 0) throw new Error(`no arrow: "${line}"`);
  // Splitting leaves nodes at even indexes and the labels of their arrows between them.
  const nodes = parts.filter((_, index) => index % 2 === 0).map((part) => readNodes(part ?? "", names));
  return arrows.flatMap((text, index) => {
    const [from = "", to = "", label = ""] = [nodes[index], nodes[index + 1], parts[2 * index + 1]];
    return text.startsWith("<")
      ? [
          { from, to, label },
          { from: to, to: from, label },
        ]
      : [{ from, to, label }];
  });
}

function readNodes(text: string, names: Map<string, string>): string {
  const words = text.split(" & ").map((node) => {
    const [, id = node, name] = /^(\w+)\[(.+)\]$/.exec(node.trim()) ?? [];
    if (name) names.set(id, `${name} ${id}`);
    return names.get(id.trim()) ?? id.trim();
  });
  return words.join(", ");
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

/**
 * Converts a Mermaid diagram to a Markdown table with a row for each arrow. Supports the subset that the
 * guides use.
 *
 * @throws Error on an unsupported line.
 */
export function describeDiagram({ code }: Pick<CodeBlock, "code">): string {
  const [kind = "", ...lines] = code.split("\n").map((line) => line.trim());
  const names = new Map<string, string>();
  const steps = lines
    .filter((line) => line !== "" && line !== "end" && !line.startsWith("subgraph "))
    .flatMap((line) => (kind.startsWith("flowchart") ? readFlow(line, names) : readTransition(line)));
  const labelled = steps.some(({ label }) => label !== "");
  const head = labelled ? ["From", "To", "By"] : ["From", "To"];
  const rows = steps.map(({ from, to, label }) => (labelled ? [from, to, label] : [from, to]));
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}
