import type { Entry, Sentence } from "./document.ts";
import type { ContractDocument } from "./documents.ts";
import type { Tag } from "./read-tags.ts";

/** A member with the same words in one or more classes, and the tests that show each sentence. */
export interface Group {
  /** Id of the first of its entries, in the order of the document's classes. */
  readonly id: string;
  /** Entries with these words. */
  readonly entries: readonly Entry[];
  readonly sentences: readonly ShownSentence[];
}

/** A sentence with its tests. */
export interface ShownSentence extends Sentence {
  /** Tests that show it, with the classes for which they do. */
  readonly tests: readonly { readonly tag: Tag; readonly classes: readonly string[] }[];
  /** Note on the form in which it holds. */
  readonly remark: string | undefined;
  /** Reason why it cannot be shown; undefined if it is to be shown. */
  readonly exemption: string | undefined;
  /** Classes for which no test shows it. */
  readonly missing: readonly string[];
}

/** Coverage of a document by tests. */
export interface Coverage {
  readonly groups: readonly Group[];
  /** Tags and exemptions that fit no sentence. */
  readonly problems: readonly string[];
}

const memberOf = (entry: Entry): string => entry.id.split(".").at(-1) ?? entry.id;

/** Merges entries that inherit their words: same member, same sentences. */
function groupEntries(entries: readonly Entry[], order: readonly string[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const isMember = entry.scope !== "" && entry.id !== entry.scope;
    const words = JSON.stringify(entry.sentences.map(({ text }) => text));
    const key = isMember ? `${memberOf(entry)} ${words}` : entry.id;
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const rank = ({ scope }: Entry): number => order.indexOf(scope);
  return [...groups.values()].map((group) => group.toSorted((one, other) => rank(one) - rank(other)));
}

/** Reads a reference; undefined if it is malformed. `numbers` is undefined for a whole entry. */
function parseReference(
  reference: string,
): { id: string; numbers: ReadonlySet<number> | undefined } | undefined {
  const [, id = "", list] = /^([\w.]*\w)(?:\/(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*))?$/.exec(reference) ?? [];
  if (id === "") return undefined;
  const numbers = list?.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return { id, numbers: numbers && new Set(numbers) };
}

/** Finds for each sentence of a document the tests that show it. */
export function findCoverage(
  { name, entries, classes, abstractClasses, exemptions, remarks }: ContractDocument,
  tags: readonly Tag[],
): Coverage {
  const problems: string[] = [];
  const merged = groupEntries(entries, classes);
  const groupOf = new Map(merged.flatMap((group) => group.map((entry) => [entry.id, group] as const)));
  const shown = new Map<Entry, Map<number, { tag: Tag; classes: string[] }[]>>();

  const resolve = (
    reference: string,
    place: string,
  ): { group: Entry[]; numbers: number[]; entry: Entry } | undefined => {
    const parsed = parseReference(reference);
    const group = parsed && groupOf.get(parsed.id);
    const entry = group?.find(({ id }) => id === parsed?.id);
    if (!parsed || !group || !entry) {
      problems.push(`${place} ${name} has no "${reference}"`);
      return undefined;
    }
    const known = entry.sentences.map(({ number }) => number);
    for (const number of parsed.numbers ?? []) {
      if (!known.includes(number)) problems.push(`${place} ${name} has no "${parsed.id}/${number}"`);
    }
    return { group, entry, numbers: known.filter((number) => parsed.numbers?.has(number) ?? true) };
  };

  for (const tag of tags.filter((one) => one.document === name)) {
    for (const reference of tag.references) {
      const found = resolve(reference, `${tag.file}:${tag.line}`);
      if (!found) continue;
      const scopes = found.group.map(({ scope }) => scope);
      const repeated = scopes.filter((scope) => tag.parameters.has(scope));
      const [first] = found.group;
      if (!first) continue;
      const numbers = shown.get(first) ?? new Map();
      shown.set(first, numbers);
      for (const number of found.numbers) {
        const tests = numbers.get(number) ?? [];
        numbers.set(number, tests);
        tests.push({ tag, classes: repeated.length > 0 ? repeated : [found.entry.scope] });
      }
    }
  }
  const readNotes = (kind: string, notes: Readonly<Record<string, string>>) => {
    const read = new Map<Entry, Map<number, string>>();
    for (const [reference, note] of Object.entries(notes)) {
      const found = resolve(reference, `${kind}:`);
      const first = found?.group[0];
      if (!found || !first) continue;
      const numbers = read.get(first) ?? new Map();
      read.set(first, numbers);
      for (const number of found.numbers) numbers.set(number, note);
    }
    return read;
  };
  const exempted = readNotes("exemptions", exemptions);
  const remarked = readNotes("remarks", remarks);

  const groups = merged.flatMap((group): Group[] => {
    const [first] = group;
    if (!first) return [];
    const scopes = group.map(({ scope }) => scope);
    // An abstract class has no instances: its concrete subclasses stand for it.
    const concrete = scopes.filter((scope) => !abstractClasses.includes(scope));
    const required = concrete.length > 0 ? concrete : scopes.slice(0, 1);
    const sentences = first.sentences.map((sentence): ShownSentence => {
      const tests = shown.get(first)?.get(sentence.number) ?? [];
      const exemption = exempted.get(first)?.get(sentence.number);
      if (exemption !== undefined && tests.length > 0) {
        problems.push(`exemptions: ${first.id}/${sentence.number} is shown by a test`);
      }
      const isShown = (scope: string): boolean => tests.some((test) => test.classes.includes(scope));
      const missing = exemption === undefined ? required.filter((scope) => !isShown(scope)) : [];
      const remark = remarked.get(first)?.get(sentence.number);
      return { ...sentence, tests, remark, exemption, missing };
    });
    return [{ id: first.id, entries: group, sentences }];
  });
  return { groups, problems };
}
