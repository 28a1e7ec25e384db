import { describe, expect, it } from "vitest";
import { findBrokenReferences, readProtocolDocument } from "./protocol-references.ts";

const andesite = readProtocolDocument(
  "docs/protocol/andesite.md",
  [
    "# Andesite protocol",
    "## 1. Server",
    "### 1.1 Order",
    "| #      | Step |",
    "|---|---|",
    "| W26–28 | inherited |",
    "| B5     | body |",
    "## 17. Checklist",
    "1. Password",
    "2. User id",
  ].join("\n"),
);
const contract = readProtocolDocument("docs/protocol/andesite-client-contract.md", "## 3. HTTP\n");
const documents = new Map([
  ["andesite", andesite],
  ["andesite-client-contract", contract],
]);

const problems = (text: string, path = "packages/andesite-node/src/a.ts") =>
  findBrokenReferences(path, text, documents).broken.map(({ line, problem }) => `${line}: ${problem}`);

describe("readProtocolDocument", () => {
  it("reads section numbers with and without a dot after them", () => {
    expect(readProtocolDocument("a.md", "## 1 One\n### 1.2 Two\n## 3. Three").sections).toEqual(
      new Set(["1", "1.2", "3"]),
    );
  });

  it("reads list items and table rows, and expands a row that stands for several", () => {
    expect(andesite.entries.get("17")).toEqual(new Set(["1", "2"]));
    expect(andesite.entries.get("1.1")).toEqual(new Set(["W26", "W27", "W28", "B5"]));
  });
});

describe("findBrokenReferences", () => {
  it("accepts sections that exist and reports those that do not, with their line", () => {
    expect(problems("/** See section 1.1. */")).toEqual([]);
    expect(problems("\n/** See section 1.2. */")).toEqual([
      "2: section 1.2: no such heading in docs/protocol/andesite.md",
    ]);
  });

  it("takes the last number for an item of a list where there is no such heading", () => {
    expect(problems("// section 17.2")).toEqual([]);
    expect(problems("// section 17.3")).toHaveLength(1);
  });

  it("reads every number of a list", () => {
    expect(problems("// sections 1, 1.1 and 9")).toEqual([
      "1: section 9: no such heading in docs/protocol/andesite.md",
    ]);
  });

  it("reads a reference that continues on the next line of a comment", () => {
    expect(problems("// is read here (section\n// 8), and\n")).toHaveLength(1);
    expect(problems("/**\n * as in section\n * 8\n */")).toHaveLength(1);
  });

  it("uses the document that is named before or after the section", () => {
    expect(problems("// docs/protocol/andesite-client-contract.md section 3")).toEqual([]);
    expect(problems("// section 3 of the client contract")).toEqual([]);
    expect(problems("// section 1.1 of the client contract")).toHaveLength(1);
    expect(problems("// missing.md, section 1")).toEqual([
      "1: section 1 of missing.md: no such document in docs/protocol",
    ]);
  });

  it("reports a reference without a document where the folder implies none", () => {
    expect(problems("section 1", "docs/decisions/0001.md")).toEqual([
      "1: section 1: names no document of docs/protocol",
    ]);
    expect(
      problems("section 1 of the [Andesite protocol](../protocol/andesite.md)", "docs/decisions/0001.md"),
    ).toEqual([]);
  });

  it("leaves out sections of other standards", () => {
    expect(problems("// RFC 6716, section 99 and (RFC 9420,\n// sections 98 and 97.4)")).toEqual([]);
    expect(problems("// PNG specification, section 8.2")).toEqual([]);
  });

  it("resolves entries that are cited with their section", () => {
    expect(problems("// Lines 1 to 2 of section 17.")).toEqual([]);
    expect(problems("// Check-list (section 17), items 2 to 3.")).toEqual([
      "1: section 17: no entry 3 in docs/protocol/andesite.md",
    ]);
  });

  it("resolves the numbers that test titles begin with, where the first comment cites a section", () => {
    const path = "tests/andesite-node/a.test.ts";
    const head = "// Section 17 of the protocol.\n";
    expect(
      problems(`${head}it("2: user id", f)\ndescribe.each(nodes)("17.1 B5 with $name", f)`, path),
    ).toEqual([]);
    expect(problems(`${head}it("3: x", f)\ntest("17.4 x", f)\ntest("17.1 B6 x", f)`, path)).toEqual([
      "2: test title 3: section 17 has no such entry",
      "3: test title 17.4: no such section or list item",
      "4: test title B6: no such table row",
    ]);
    expect(problems(`it("3: x", f)`, path)).toEqual([]);
  });
});
