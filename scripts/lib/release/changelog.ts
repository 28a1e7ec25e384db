/** The kinds of changes, in the order in which they are listed. */
const changeKinds = ["Breaking", "Added", "Changed", "Fixed"] as const;

const unreleased = "## Unreleased";

interface Section {
  readonly heading: string;
  /** Number of the heading's line, from 1. */
  readonly line: number;
  readonly lines: string[];
}

function splitSections(text: string): { readonly preamble: string; readonly sections: Section[] } {
  const sections: Section[] = [];
  const preamble: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("## ")) sections.push({ heading: line, line: index + 1, lines: [] });
    else (sections.at(-1)?.lines ?? preamble).push(line);
  }
  return { preamble: preamble.join("\n"), sections };
}

const hasEntries = ({ lines }: Section): boolean => lines.some((line) => line.startsWith("- "));

/**
 * Reports what is wrong with the layout of a section: packages below it, and below each package the kinds of
 * changes.
 */
function findSectionProblems({ line: first, lines }: Section, names: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  let name: string | undefined;
  let kind: string | undefined;
  const kinds = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const report = (problem: string) => problems.push(`CHANGELOG.md:${first + index + 1} ${problem}`);
    if (line.startsWith("### ")) {
      name = /^### `(.+)`$/.exec(line)?.[1];
      kind = undefined;
      kinds.clear();
      if (name === undefined || !names.has(name)) report(`"${line}" is not the name of a published package`);
    } else if (line.startsWith("#### ")) {
      kind = line.slice("#### ".length);
      if (!changeKinds.some((known) => known === kind))
        report(`"${kind}" is none of ${changeKinds.join(", ")}`);
      if (kinds.has(kind)) report(`"${kind}" appears twice under one package`);
      kinds.add(kind);
    } else if (line.startsWith("- ") && (name === undefined || kind === undefined)) {
      report("an entry must be under a package and a kind of change");
    }
  }
  return problems;
}

/** Reports what is wrong with the layout of the change log. `names` are the published packages. */
export function findChangelogProblems(text: string, names: ReadonlySet<string>): string[] {
  const { sections } = splitSections(text);
  const problems = sections.flatMap((section) => findSectionProblems(section, names));
  if (sections[0]?.heading !== unreleased)
    problems.unshift(`CHANGELOG.md: the first section is not "${unreleased}"`);
  return problems;
}

/**
 * Moves the entries of "Unreleased" to a section of a version and leaves "Unreleased" empty.
 *
 * @param date - Day of the release, as `2026-12-01`.
 * @throws Error if there is nothing to release, or the version has a section.
 */
export function releaseChangelog(text: string, version: string, date: string): string {
  const { preamble, sections } = splitSections(text);
  const [first, ...rest] = sections;
  if (first?.heading !== unreleased)
    throw new Error(`CHANGELOG.md: the first section is not "${unreleased}"`);
  if (!hasEntries(first))
    throw new Error(`CHANGELOG.md: "${unreleased}" has no entries, so there is nothing to release`);
  const title = `## ${version} (`;
  if (rest.some(({ heading }) => heading.startsWith(title)))
    throw new Error(`CHANGELOG.md has a section for ${version}`);
  const released = `${title}${date})\n${first.lines.join("\n")}`;
  return [
    preamble,
    `${unreleased}\n`,
    released,
    ...rest.map(({ heading, lines }) => [heading, ...lines].join("\n")),
  ].join("\n");
}
