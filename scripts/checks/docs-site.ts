import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Check, verdict } from "../lib/check.ts";
import { buildSite } from "../lib/site/build.ts";
import { checkSite } from "../lib/site/links.ts";
import { checkMembers } from "../lib/site/members.ts";
import { scratch } from "../lib/workspace.ts";

const folder = join(scratch, "docs-site");

export const docsSite: Check = {
  name: "docs-site",
  describe:
    "`npm run docs` builds without a warning, every link and anchor of the built site leads somewhere, " +
    "and the pages of the libraries' classes list their members",
  async run() {
    try {
      const warnings = await buildSite(folder);
      const { findings, links, pages } = checkSite(folder);
      return verdict(
        [...warnings, ...findings, ...(await checkMembers(folder))],
        `${pages} pages, ${links} links`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
