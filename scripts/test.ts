// npm test: runs the checks and ends with the numbers of passed, failed and skipped tests.

import { contract } from "./checks/contract.ts";
import { docsCode } from "./checks/docs-code.ts";
import { docsLinks } from "./checks/docs-links.ts";
import { docsSite } from "./checks/docs-site.ts";
import { docsSymbols } from "./checks/docs-symbols.ts";
import { licences } from "./checks/licences.ts";
import { lint } from "./checks/lint.ts";
import { lockfile } from "./checks/lockfile.ts";
import { pack } from "./checks/pack.ts";
import { release } from "./checks/release.ts";
import { structure } from "./checks/structure.ts";
import { tests } from "./checks/tests.ts";
import { types } from "./checks/types.ts";
import { unused } from "./checks/unused.ts";
import { web } from "./checks/web.ts";
import { helpText, parseArguments, type Request } from "./lib/arguments.ts";
import type { Check } from "./lib/check.ts";
import { forwardSignals } from "./lib/command.ts";
import { runChecks } from "./lib/runner.ts";

const checks: readonly Check[] = [
  lint,
  types,
  docsSymbols,
  unused,
  structure,
  licences,
  lockfile,
  release,
  docsCode,
  docsLinks,
  docsSite,
  contract,
  web,
  pack,
  tests,
];

const readRequest = (): Request => {
  try {
    return parseArguments(process.argv.slice(2), checks);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
};

const request = readRequest();
if (request.help) {
  console.log(helpText(checks));
} else {
  forwardSignals();
  const isCi = process.env["CI"] === "true";
  const { passed, failed, skipped } = await runChecks(request, { isCi, write: (line) => console.log(line) });
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
