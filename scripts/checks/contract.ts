import { type Check, verdict } from "../lib/check.ts";
import { readContract } from "../lib/contract/contract.ts";
import { readIfPresent } from "../lib/markdown.ts";

export const contract: Check = {
  name: "contract",
  describe: "every sentence of the documents that the client libraries implement is shown by a test",
  async run() {
    const { documents, problems } = await readContract();
    const findings = [...problems];
    let count = 0;
    for (const { document, coverage, page } of documents) {
      const holes = coverage.groups.flatMap(({ id, sentences }) => {
        count += sentences.length;
        return sentences
          .filter(({ missing }) => missing.length > 0)
          .map(({ number, missing }) =>
            `${document.name}: no test shows ${id}/${number} ${missing.join(" ")}`.trim(),
          );
      });
      findings.push(...holes);
      if (readIfPresent(document.page) !== page) {
        findings.push(`${document.page} is out of date; run "npm run contract"`);
      }
    }
    return verdict(findings, `${count} sentences`);
  },
};
