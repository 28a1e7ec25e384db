// npm run test:mutants [-- --one-in N --from K ROOM …]: changes the code of the core rooms in one place at a time,
// and counts the changes that their tests notice.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { forwardSignals } from "./lib/command.ts";
import { type MutantRoom, mutantRooms } from "./lib/mutants/rooms.ts";
import { runRoom, writeSurvivors } from "./lib/mutants/run-room.ts";
import { describeScore } from "./lib/mutants/score.ts";
import { WorkspaceCopy } from "./lib/mutants/workspace-copy.ts";
import { display, scratch } from "./lib/workspace.ts";

/** Share of the mutants of a room that its tests have to notice. */
const wantedShare = 0.8;

const known = mutantRooms.map(({ name }) => name);

function exitWithUsage(problem?: string): never {
  if (problem !== undefined) console.error(problem);
  console.error(`Usage: npm run test:mutants [-- [--one-in N] [--from K] ROOM …]
Rooms: ${known.join(", ")}. Without a name, all of them, which takes hours.

  --one-in N   tries a sample: every N-th mutant in the order of the code (default 1, the whole room)
  --from K     number of the first mutant in the sample, 0 to N - 1 (default 0)`);
  process.exit(problem === undefined ? 0 : 2);
}

function parseArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        "one-in": { type: "string", default: "1" },
        from: { type: "string", default: "0" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) exitWithUsage(error.message);
    throw error;
  }
}

const { values, positionals: names } = parseArguments();
if (values.help) exitWithUsage();
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) exitWithUsage(`Unknown room: ${unknown}.`);
const sample = { oneIn: Number(values["one-in"]), from: Number(values.from) };
if (!(Number.isInteger(sample.oneIn) && sample.oneIn >= 1))
  exitWithUsage("--one-in needs a whole number from 1.");
if (!(Number.isInteger(sample.from) && sample.from >= 0 && sample.from < sample.oneIn)) {
  exitWithUsage(`--from needs a whole number from 0 to ${sample.oneIn - 1}.`);
}

const rooms: readonly MutantRoom[] = mutantRooms.filter(
  ({ name }) => names.length === 0 || names.includes(name),
);
forwardSignals();

let isMet = true;
for (const room of rooms) {
  const started = Date.now();
  // Each room gets a copy of its own, because the tool may leave the last mutants in the files.
  using copy = new WorkspaceCopy();
  const score = await runRoom(room, sample, copy.folder, availableParallelism());
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  const file = display(writeSurvivors(join(scratch, "mutants"), room.name, score));
  console.log(`${room.name}: ${describeScore(score)}; ${minutes} min; ${file}`);
  if (!(score.noticed / score.total >= wantedShare)) isMet = false;
}
if (!isMet) {
  console.error(`A room is below ${wantedShare * 100} %: read its survivors, and write the missing tests.`);
  process.exitCode = 1;
}
