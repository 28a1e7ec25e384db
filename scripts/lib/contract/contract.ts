import { listFiles, readIfPresent } from "../markdown.ts";
import { type Coverage, findCoverage } from "./coverage.ts";
import { type ContractDocument, readDocuments } from "./documents.ts";
import { renderPage } from "./page.ts";
import { readTags, type Tag } from "./read-tags.ts";

/** A document with its coverage and its page. */
interface DocumentReport {
  readonly document: ContractDocument;
  readonly coverage: Coverage;
  readonly page: string;
}

/** Result of reading the documents and the tags of all tests. */
interface ContractReport {
  readonly documents: readonly DocumentReport[];
  /** Malformed tags, tags without a sentence, and superfluous exemptions. */
  readonly problems: readonly string[];
}

/** Reads the documents and the tags of all tests. */
export async function readContract(): Promise<ContractReport> {
  const tags: Tag[] = [];
  const problems: string[] = [];
  for (const file of await listFiles("*.test.ts")) {
    const text = readIfPresent(file);
    // The reader's own test contains tags as examples.
    if (!text?.includes("Shows ") || file.startsWith("scripts/")) continue;
    const found = readTags(file, text);
    tags.push(...found.tags);
    problems.push(...found.problems);
  }
  const documents = readDocuments().map((document) => {
    const coverage = findCoverage(document, tags);
    problems.push(...coverage.problems);
    return { document, coverage, page: renderPage(document, coverage) };
  });
  const names = new Set(documents.map(({ document }) => document.name));
  for (const { document, file, line } of tags) {
    if (!names.has(document)) problems.push(`${file}:${line} there is no document "${document}"`);
  }
  return { documents, problems };
}
