// strangers-process.ts PORT STRANGERS MS ATTACK …: attacks a server in one or more ways at once, each with so many
// strangers, for a time and until it has refused each way, and then prints the tallies as JSON.

import { setMaxListeners } from "node:events";
import { setPriority } from "node:os";
import { attacks } from "./attacks.ts";
import { emptyTally, Stranger, type Tally } from "./stranger.ts";

const [port, strangers, durationMs, ...names] = process.argv.slice(2);
// Strangers on machines of their own would not take the processor from the server.
setPriority(19);
const over = new AbortController();
setMaxListeners(0, over.signal);
const tallies: Record<string, Tally> = {};
const attackers = names.flatMap((name, index) => {
  const attack = attacks.find((one) => one.name === name);
  if (!attack) throw new Error(`no attack ${name}`);
  const tally = emptyTally();
  tallies[name] = tally;
  return Array.from({ length: Number(strangers) }, (_, number) => {
    const address = `127.0.${index + 1}.${attack.isOneAddress ? 1 : number + 1}`;
    const account = `stranger ${index} ${number}`;
    return attack.run(new Stranger(Number(port), account, address, over.signal, tally));
  });
});
/** Time after which the attack ends, even if the server has not refused every kind of it. */
const maxMs = 60_000;
const startedAt = performance.now();
const timer = setInterval(() => {
  const elapsedMs = performance.now() - startedAt;
  const isRefused = attacks.every(({ name, mayPass }) => {
    const tally = tallies[name];
    return mayPass || !tally || tally.cuts + tally.refused > 0;
  });
  if (elapsedMs >= maxMs || (isRefused && elapsedMs >= Number(durationMs))) over.abort();
}, 50);
await Promise.all(attackers);
clearInterval(timer);
process.stdout.write(`${JSON.stringify(tallies)}\n`);
