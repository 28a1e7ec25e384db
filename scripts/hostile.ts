// npm run test:hostile [-- ATTACK …]: attacks a chat server in every known way, and measures what another user notices.

import { Arena, type Outcome } from "../tests/hostile/arena.ts";
import { attacks } from "../tests/hostile/attacks.ts";
import { emptyTally } from "../tests/hostile/stranger.ts";

const strangers = 10;
const durationMs = 10_000;
/** What others may notice: the 99th percentile of their pings, in ms, and the memory of the server, in bytes. */
const wanted = { pingMs: 50, grownBytes: 100 * 1024 * 1024 };

const names = process.argv.slice(2);
const known = attacks.map(({ name }) => name);
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown attack: ${unknown}.`);
  console.error("Usage: npm run test:hostile [-- ATTACK …]");
  console.error(`Attacks: ${known.join(", ")}. Without a name, all of them, which takes about 10 minutes.`);
  process.exit(2);
}

const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.POSITIVE_INFINITY;
};

const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

/** Returns what a person who used the server would complain of. */
function complaints({ witness, grownBytes }: Outcome): string[] {
  const { unanswered, refusals, refusedLogins, pingMs } = witness;
  return [
    percentile(pingMs, 0.99) > wanted.pingMs ? "slow" : "",
    grownBytes > wanted.grownBytes ? "memory" : "",
    unanswered > 0 ? `${unanswered} unanswered` : "",
    refusals > 0 ? `${refusals} refused` : "",
    refusedLogins > 0 ? `${refusedLogins} logins refused` : "",
  ].filter((complaint) => complaint !== "");
}

console.log(`${strangers} strangers attack for ${durationMs / 1000} s, with one user beside them.\n`);
console.log(
  "| Attack | Connections | Ended by the server | Sent, MiB | Refused | Ping p50/p99/max, ms | Send p99, ms | Memory, MiB | Complaints |",
);
console.log("| --- | --: | --: | --: | --: | --: | --: | --: | --- |");
let isCalm = true;
for (const attack of attacks) {
  if (names.length > 0 && !names.includes(attack.name)) continue;
  await using arena = await Arena.start();
  const outcome = await arena.endure([attack], strangers, durationMs);
  const { witness, grownBytes, tallies } = outcome;
  const { connections, cuts, sentBytes, refused } = tallies[attack.name] ?? emptyTally();
  const found = complaints(outcome);
  if (found.length > 0) isCalm = false;
  const ping = [0.5, 0.99, 1].map((share) => percentile(witness.pingMs, share).toFixed(0)).join("/");
  const send = percentile(witness.sendMs, 0.99).toFixed(0);
  console.log(
    `| ${attack.name} | ${connections} | ${cuts} | ${mebibytes(sentBytes)} | ${refused} | ${ping} | ${send} | +${mebibytes(grownBytes)} | ${found.join(", ")} |`,
  );
}
if (!isCalm) {
  console.error(
    `\nWanted: pings within ${wanted.pingMs} ms (p99), at most +${mebibytes(wanted.grownBytes)} MiB, no complaints.`,
  );
  process.exitCode = 1;
}
