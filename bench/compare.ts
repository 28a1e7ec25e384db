// npm run bench -- compare BASE [ROUNDS]: the client libraries of this checkout beside those of another one with
// installed dependencies. Each round runs both in processes of their own, in alternating order. The figures are CPU
// times, because other programs share the machine; ratios above 1 mean that this checkout needs more.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [base, rounds = "7"] = process.argv.slice(2);
if (base === undefined) throw new Error("usage: npm run bench -- compare BASE [ROUNDS]");
const here = fileURLToPath(new URL("..", import.meta.url));
const work = fileURLToPath(new URL("compare/work.ts", import.meta.url));

type Figures = Readonly<Record<string, number>>;

const measure = (folder: string): Figures => {
  const options = ["--conditions=@asterite/source", "--disable-warning=ExperimentalWarning", work, folder];
  return JSON.parse(execFileSync(process.execPath, options, { encoding: "utf8" }));
};
const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
const format = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });

const pairs: { readonly before: Figures; readonly now: Figures }[] = [];
for (let round = 0; round < Number(rounds); round++) {
  if (round % 2 === 0) {
    const before = measure(base);
    pairs.push({ before, now: measure(here) });
  } else {
    const now = measure(here);
    pairs.push({ before: measure(base), now });
  }
}
console.log(
  `Node ${process.version}, ${rounds} rounds\n\n| CPU time in µs for one | Before | Now | Ratio | Range |`,
);
console.log("| --- | --: | --: | --: | --: |");
for (const name of Object.keys(pairs[0]?.now ?? {})) {
  const both = pairs.map(({ before, now }) => [before[name] ?? Number.NaN, now[name] ?? Number.NaN] as const);
  const ratios = both.map(([before, now]) => now / before);
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  const [before, now] = [median(both.map(([value]) => value)), median(both.map(([, value]) => value))];
  console.log(`| ${name} | ${format(before)} | ${format(now)} | ${median(ratios).toFixed(2)} | ${range} |`);
}
