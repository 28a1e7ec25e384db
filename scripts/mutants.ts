// npm run test:mutants [-- ROOM …]: changes the code of the core rooms in one place at a time, and counts the
// changes that their tests notice.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { forwardSignals } from "./lib/command.ts";
import { type MutantRoom, mutantRooms } from "./lib/mutants/rooms.ts";
import { runRoom, writeSurvivors } from "./lib/mutants/run-room.ts";
import { WorkspaceCopy } from "./lib/mutants/workspace-copy.ts";
import { display, scratch } from "./lib/workspace.ts";

/** Share of the mutants of a room that its tests have to notice. */
const wantedShare = 0.8;

const names = process.argv.slice(2);
const known = mutantRooms.map(({ name }) => name);
if (names.some((name) => !known.includes(name))) {
  console.error("Usage: npm run test:mutants [-- ROOM …]");
  console.error(`Rooms: ${known.join(", ")}. Without a name, all of them, which takes hours.`);
  process.exit(2);
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
  const score = await runRoom(room, copy.folder, availableParallelism());
  const share = score.noticed / score.total;
  const percent = (share * 100).toFixed(1);
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  const file = display(writeSurvivors(join(scratch, "mutants"), room.name, score));
  console.log(
    `${room.name}: ${score.noticed} of ${score.total} noticed (${percent} %), ${minutes} min; ${file}`,
  );
  if (!(share >= wantedShare)) isMet = false;
}
if (!isMet) {
  console.error(`A room is below ${wantedShare * 100} %: read its survivors, and write the missing tests.`);
  process.exitCode = 1;
}
