import type { Coverage, Group, ShownSentence } from "./coverage.ts";
import { type ContractDocument, typescriptName } from "./documents.ts";

const escapeCell = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[\\|<>*_`[\]]/g, (character) => `\\${character}`);

const testNames = ({ tests, remark, exemption, missing }: ShownSentence): string => {
  if (exemption !== undefined) return `not applicable: ${escapeCell(exemption)}`;
  const lines = tests.map(({ tag, classes }) => {
    const repeated = tag.parameters.size > 0 && classes.length > 1 ? ` (${classes.join(", ")})` : "";
    return `\`${tag.file}\`: ${escapeCell(tag.title.replace(/^%s > /, ""))}${repeated}`;
  });
  if (remark !== undefined) lines.unshift(`(${remark})`);
  if (missing.length > 0) lines.push(`**no test** ${missing.join(", ")}`.trim());
  return lines.join("<br>");
};

function* renderGroup(document: ContractDocument, { id, entries, sentences }: Group): Generator<string> {
  const [first] = entries;
  if (!first) return;
  yield `${id === first.scope || first.scope === "" ? "##" : "###"} ${id.replaceAll("_", "\\_")}`;
  const name = typescriptName(document, first);
  const others = entries.slice(1).map(({ scope }) => `\`${scope}\``);
  const facts = [
    ...(name === undefined ? [] : [`In TypeScript: \`${name}\`.`]),
    ...(others.length === 0 ? [] : [`With the same words in ${others.join(", ")}.`]),
  ];
  if (facts.length > 0) yield facts.join(" ");
  yield [
    "| Id | Sentence | Shown by |",
    "| --- | --- | --- |",
    ...sentences.map((sentence) => {
      const text =
        sentence.number === 0 ? `\`${sentence.text.replaceAll("|", "\\|")}\`` : escapeCell(sentence.text);
      const label = sentence.label === undefined ? "" : `${sentence.label}: `;
      return `| /${sentence.number} | ${label}${text} | ${testNames(sentence)} |`;
    }),
  ].join("\n");
}

/** Returns the Markdown of a document's page: each sentence with the tests that show it. */
export function renderPage(document: ContractDocument, { groups }: Coverage): string {
  const order = (group: Group): number => {
    const [first] = group.entries;
    return document.entries.findIndex(({ id }) => id === (first?.scope || first?.id));
  };
  const inherited = (scope: string): string[] =>
    groups
      .filter(({ entries }) => entries.slice(1).some((entry) => entry.scope === scope))
      .map(({ id }) => id);
  const count = groups.reduce((sum, { sentences }) => sum + sentences.length, 0);
  const blocks = [
    `# ${document.title}`,
    `The words of [the document](${document.source.replace(/^.*\//, "")}) that \`${document.library}\` implements, \
and the tests that show that they hold. Do not edit: \`npm run contract\` writes this page from the document and the \
comments \`// Shows ${document.name}: ID\` in front of tests. ${count} sentences; id /0 is the signature.`,
    document.conventions,
  ];
  for (const group of groups.toSorted((one, other) => order(one) - order(other))) {
    blocks.push(...renderGroup(document, group));
    const [first] = group.entries;
    if (first?.id === first?.scope && first) {
      const shared = inherited(first.scope);
      if (shared.length > 0)
        blocks.push(`Inherited, shown for this class too: ${shared.map((id) => `\`${id}\``).join(", ")}.`);
    }
  }
  return `${blocks.join("\n\n")}\n`;
}
