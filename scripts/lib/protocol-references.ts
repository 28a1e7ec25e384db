import { basename } from "node:path/posix";

/** The headings of a protocol document, and the numbered entries below each. */
export interface ProtocolDocument {
  /** Path from the workspace's root. */
  readonly path: string;
  /** Section numbers, such as `4.7`. */
  readonly sections: ReadonlySet<string>;
  /**
   * For each section, the numbers of its list items and the first cells of its table rows, such as `3` and
   * `B12`.
   */
  readonly entries: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A reference to a section, or to an entry of one, that resolves to nothing. */
export interface BrokenReference {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly problem: string;
}

/** The folder of the protocol documents, from the workspace's root. */
export const protocolFolder = "docs/protocol";

/**
 * Document of references that name none, by a prefix of the path of the citing file; the longest prefix
 * counts.
 */
const defaultDocuments: Readonly<Record<string, string>> = {
  "packages/aster": "aster",
  "tests/aster-": "aster",
  "packages/andesite": "andesite-client-contract",
  "packages/observable": "andesite-client-contract",
  "tests/andesite-client": "andesite-client-contract",
  "packages/andesite-": "andesite",
  "packages/audio": "andesite",
  "tests/andesite-node": "andesite",
  "packages/lavaplayer-track": "track-format",
};

/** Names by which prose refers to the documents, besides their file names. */
const documentNames: Readonly<Record<string, string>> = {
  "aster protocol": "aster",
  "andesite protocol": "andesite",
  "client contract": "andesite-client-contract",
  "encoded track format": "track-format",
  "lavalink 4 protocol": "lavalink-4",
};

/** White space of running text, which in a comment may continue on the next line after `//` or `*`. */
const gap = String.raw`(?:\s|(?<=\n[ \t]*)(?:\/\/|\*))+`;

const number = String.raw`\d+(?:\.\d+)*`;

const reference = new RegExp(
  String.raw`\b[Ss]ections?${gap}(${number}(?:(?:,| and| to|–)${gap}?${number})*)`,
  "g",
);

const foreignBefore = new RegExp(
  String.raw`(?:RFC${gap}\d+|PNG specification|ISO(?:\/IEC)? [\d-]+)\)?,?${gap}$`,
);
const foreignAfter = new RegExp(String.raw`^${gap}of (?:the )?(?:RFC${gap}\d+|PNG|ISO)`);

const spaced = (text: string): string => text.replaceAll(" ", gap);

const anyDocument = `(?:([\\w-]+)\\.md|(${Object.keys(documentNames).map(spaced).join("|")}))`;
const documentBefore = new RegExp(String.raw`${anyDocument}[\x60)\]]*,?${gap}$`, "i");
const documentAfter = new RegExp(
  String.raw`^,?${gap}(?:of|in)${gap}(?:the${gap})?[\x60\[]*(?:[\w./-]*\/)?${anyDocument}`,
  "i",
);

const range = `(${number})(?:${gap}(?:to|and|–)${gap}(${number}))?`;
const entriesBefore = new RegExp(
  String.raw`\b(?:lines?|items?|rows?)${gap}${range}${gap}of${gap}(?:\w+${gap})?$`,
  "i",
);
const entriesAfter = new RegExp(String.raw`^\)?,?${gap}(?:lines?|items?|rows?)${gap}${range}`, "i");

const testTitle = /\b(?:it|test|describe)(?:\.\w+)*(?:\([^()]*\))?\(\s*(["'`])((?:(?!\1).)*)/g;

const rowNumber = /^(?:[A-Z]?\d+)$/;

/** Reads the section numbers of a protocol document from its headings, and the entries below each. */
export function readProtocolDocument(path: string, text: string): ProtocolDocument {
  const sections = new Set<string>();
  const entries = new Map<string, Set<string>>();
  let current = "";
  for (const line of text.split("\n")) {
    const heading = /^#{2,6} (\d+(?:\.\d+)*)\.? /.exec(line)?.[1];
    if (heading !== undefined) {
      current = heading;
      sections.add(current);
      entries.set(current, new Set());
      continue;
    }
    const item = /^(\d+)\. /.exec(line)?.[1] ?? /^\|\s*([^|]*?)\s*\|/.exec(line)?.[1];
    if (item === undefined) continue;
    // A row may stand for several numbers: `W26–33`.
    const [, letter = "", first, last] = /^([A-Z])(\d+)–(\d+)$/.exec(item) ?? [];
    const numbers = first === undefined ? [item] : numbersBetween(first, last).map((n) => letter + n);
    for (const name of numbers) if (rowNumber.test(name)) entries.get(current)?.add(name);
  }
  return { path, sections, entries };
}

const numbersBetween = (first: string, last = first): string[] =>
  Array.from({ length: Math.max(0, Number(last) - Number(first)) + 1 }, (_, index) =>
    String(Number(first) + index),
  );

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/** Returns the document of a file's references that name none; undefined if they have to name one. */
function defaultDocument(path: string): string | undefined {
  if (path.startsWith(`${protocolFolder}/`)) return basename(path, ".md");
  const prefix = Object.keys(defaultDocuments)
    .filter((start) => path.startsWith(start))
    .toSorted((a, b) => b.length - a.length)[0];
  return prefix === undefined ? undefined : defaultDocuments[prefix];
}

const nameOf = (match: RegExpExecArray | null): string | undefined => {
  const [, file, title] = match ?? [];
  if (file !== undefined) return file;
  return title === undefined ? undefined : documentNames[title.toLowerCase().replace(/[\s/*]+/g, " ")];
};

/** A reference in the text to one or more sections of one document. */
interface Reference {
  readonly index: number;
  readonly sections: readonly string[];
  /** First and last number of the entries that are cited with the section. */
  readonly entries: readonly string[];
  readonly document: string | undefined;
}

function findReferences(path: string, text: string): Reference[] {
  return [...text.matchAll(reference)].flatMap((match) => {
    const before = text.slice(Math.max(0, match.index - 120), match.index);
    const after = text.slice(match.index + match[0].length, match.index + match[0].length + 120);
    if (foreignBefore.test(before) || foreignAfter.test(after)) return [];
    const named = nameOf(documentBefore.exec(before)) ?? nameOf(documentAfter.exec(after));
    const [, first, last] = entriesBefore.exec(before) ?? entriesAfter.exec(after) ?? [];
    return [
      {
        index: match.index,
        sections: match[1]?.match(new RegExp(number, "g")) ?? [],
        entries: first === undefined ? [] : numbersBetween(first, last),
        document: named ?? defaultDocument(path),
      },
    ];
  });
}

/** Returns whether a number is that of a heading, or of an item of a section's list: `18.4` is item 4 of section 18. */
function resolves({ sections, entries }: ProtocolDocument, number: string): boolean {
  if (sections.has(number)) return true;
  const [, section = "", item = ""] = /^(.+)\.(\d+)$/.exec(number) ?? [];
  return entries.get(section)?.has(item) ?? false;
}

/** Returns the problem with a test title that begins with a number from the document that the file cites first. */
function titleProblem(title: string, section: string, document: ProtocolDocument): string | undefined {
  const [, dotted, rest = title] = /^(\d+\.\d+) (.*)$/s.exec(title) ?? [];
  if (dotted !== undefined && !resolves(document, dotted)) {
    return `test title ${dotted}: no such section or list item`;
  }
  const row = /^([A-Z]\d+)\b/.exec(rest)?.[1];
  if (row !== undefined && ![...document.entries.values()].some((names) => names.has(row))) {
    return `test title ${row}: no such table row`;
  }
  const item = /^(\d+)[:.] /.exec(title)?.[1];
  if (item !== undefined && !document.entries.get(section)?.has(item))
    return `test title ${item}: section ${section} has no such entry`;
  return undefined;
}

/**
 * Resolves every "section N" of a file to a heading of the protocol document that it names, or that its folder implies, and
 * in a test whose first comment cites a section, the numbers that titles begin with. References to other standards have to
 * name them directly before the word: `RFC 6716, section 3.1`.
 *
 * @param documents - The protocol documents by file name without extension.
 */
export function findBrokenReferences(
  path: string,
  text: string,
  documents: ReadonlyMap<string, ProtocolDocument>,
): { readonly count: number; readonly broken: readonly BrokenReference[] } {
  const broken: BrokenReference[] = [];
  const references = findReferences(path, text);
  for (const { index, sections, entries, document: name } of references) {
    const report = (problem: string) => broken.push({ line: lineOf(text, index), problem });
    if (name === undefined) {
      report(`section ${sections.join(", ")}: names no document of ${protocolFolder}`);
      continue;
    }
    const document = documents.get(name);
    if (document === undefined) {
      report(`section ${sections.join(", ")} of ${name}.md: no such document in ${protocolFolder}`);
      continue;
    }
    for (const section of sections) {
      if (!resolves(document, section)) report(`section ${section}: no such heading in ${document.path}`);
    }
    for (const entry of entries) {
      if (sections.some((section) => document.entries.get(section)?.has(entry))) continue;
      report(`section ${sections.join(", ")}: no entry ${entry} in ${document.path}`);
    }
  }

  const [first] = references;
  const firstComment = /^(?:\/\/.*\n)+/.exec(text)?.[0].length ?? 0;
  const document = first?.document === undefined ? undefined : documents.get(first.document);
  let titles = 0;
  if (
    path.endsWith(".test.ts") &&
    document !== undefined &&
    first !== undefined &&
    first.index < firstComment
  ) {
    for (const match of text.matchAll(testTitle)) {
      const title = match[2] ?? "";
      if (!/^(?:\d+\.\d+ |\d+[:.] |[A-Z]\d+\b)/.test(title)) continue;
      titles++;
      const problem = titleProblem(title, first.sections[0] ?? "", document);
      if (problem !== undefined) broken.push({ line: lineOf(text, match.index), problem });
    }
  }
  return { count: references.length + titles, broken };
}
