import { describe, expect, it } from "vitest";
import { findCoverage } from "./coverage.ts";
import type { Entry } from "./document.ts";
import type { ContractDocument } from "./documents.ts";
import { renderPage } from "./page.ts";
import { readTags } from "./read-tags.ts";

const entry = (id: string, ...texts: string[]): Entry => ({
  id,
  scope: id.split(".")[0] ?? "",
  sentences: texts.map((text, number) => ({ number, label: undefined, text })),
});

const document: ContractDocument = {
  name: "sample",
  title: "Sample",
  library: "@asterite/sample",
  source: "docs/sample.txt",
  page: "docs/sample.md",
  entries: [
    entry("Client", "class Client()", "A client."),
    entry("Client.close", "close()", "Closes.", "Twice has no effect."),
    entry("Base.close", "close()", "Closes.", "Twice has no effect."),
    entry("Socket.close", "close()", "Closes.", "Twice has no effect."),
  ],
  classes: ["Base", "Socket", "Client"],
  abstractClasses: ["Base"],
  names: {},
  conventions: "As usual.",
  remarks: {},
  exemptions: {},
};

const coverageOf = (text: string, changes: Partial<ContractDocument> = {}) => {
  const { tags, problems } = readTags("a.test.ts", text);
  const coverage = findCoverage({ ...document, ...changes }, tags);
  const missing = coverage.groups.flatMap(({ id, sentences }) =>
    sentences
      .filter((one) => one.missing.length > 0)
      .map((one) => `${id}/${one.number} ${one.missing.join(" ")}`),
  );
  return { coverage, missing, problems: [...problems, ...coverage.problems] };
};

describe("tags", () => {
  it("reads the sentences in front of a test, over several lines and documents", () => {
    const { tags, problems } = readTags(
      "a.test.ts",
      `describe.each(["Client", "Socket"] as const)("%s", (name) => {
        // The reason for this test. Shows sample: Client/0-1
        // Client.close/0,2 Shows other: X
        it("closes", () => {});
      });
      // Shows sample: Client
      it.each(classes)("is one", () => {});
      const classes = ["Client"];`,
    );
    expect(problems).toEqual([]);
    expect(tags.map(({ title, document: name, references }) => [title, name, references])).toEqual([
      ["%s > closes", "sample", ["Client/0-1", "Client.close/0,2"]],
      ["%s > closes", "other", ["X"]],
      ["is one", "sample", ["Client"]],
    ]);
    expect([...(tags[0]?.parameters ?? [])]).toEqual(["Client", "Socket"]);
  });

  it.each([
    ["in front of a group", `// Shows sample: Client\ndescribe("x", () => {});`, "a group shows nothing"],
    [
      "in front of a skipped test",
      `// Shows sample: Client\nit.skip("x", () => {});`,
      `".skip" shows nothing`,
    ],
    [
      "in a skipped group",
      `describe.skip("x", () => {\n// Shows sample: Client\nit("y", () => {});\n});`,
      ".skip",
    ],
    ["in front of other code", `// Shows sample: Client\nconst a = 1;`, "not in front of a test"],
  ])("rejects a tag %s", (_, text, problem) => {
    expect(readTags("a.test.ts", text).problems).toEqual([expect.stringContaining(problem)]);
  });
});

describe("coverage", () => {
  it("finds sentences without a test, for each class that inherits them", () => {
    expect(coverageOf("").missing).toEqual([
      "Client/0 Client",
      "Client/1 Client",
      "Base.close/0 Socket Client",
      "Base.close/1 Socket Client",
      "Base.close/2 Socket Client",
    ]);
    const one = coverageOf(`// Shows sample: Client Base.close/1\nit.each(["Socket"])("%s", () => {});`);
    expect(one.missing).toEqual([
      "Base.close/0 Socket Client",
      "Base.close/1 Client",
      "Base.close/2 Socket Client",
    ]);
    const all = coverageOf(
      `// Shows sample: Client Client.close\nit.each(["Socket", "Client"])("%s", () => {});`,
    );
    expect([all.missing, all.problems]).toEqual([[], []]);
  });

  it("does not count a test of a base class for its subclasses", () => {
    expect(coverageOf(`// Shows sample: Base.close/1 Client\nit("x", () => {});`).missing).toContain(
      "Base.close/1 Socket Client",
    );
  });

  it.each(["Nothing", "Client/7", "Client/", "Client.close/1-"])("rejects the reference %s", (reference) => {
    expect(coverageOf(`// Shows sample: ${reference}\nit("x", () => {});`).problems).toEqual([
      expect.stringContaining(`a.test.ts:2 sample has no "${reference}"`),
    ]);
  });

  it("accepts exemptions with a reason, unless a test shows the sentence", () => {
    const exemptions = { "Client.close": "no" };
    expect(coverageOf("", { exemptions }).missing).toEqual(["Client/0 Client", "Client/1 Client"]);
    const both = coverageOf(`// Shows sample: Client.close/1\nit("x", () => {});`, { exemptions });
    expect(both.problems).toEqual(["exemptions: Base.close/1 is shown by a test"]);
    expect(coverageOf("", { exemptions: { "Client.open": "no" } }).problems).toHaveLength(1);
    expect(coverageOf("", { remarks: { "Client.open": "no" } }).problems).toHaveLength(1);
  });
});

it("writes each sentence with its tests or its reason", () => {
  const exemptions = { "Client.close/2": "no | reason" };
  const text = `// Shows sample: Client/1\nit("is a <client>", () => {});`;
  const { coverage } = coverageOf(text, { exemptions, remarks: { "Client/1": "in a way" } });
  const page = renderPage({ ...document, exemptions }, coverage);
  expect(page).toContain("As usual.");
  expect(page).toContain("| /1 | A client. | (in a way)<br>`a.test.ts`: is a \\<client\\> |");
  expect(page).toContain("not applicable: no \\| reason");
  expect(page).toContain("**no test** Socket, Client");
  expect(page).toContain("With the same words in `Socket`, `Client`.");
});
