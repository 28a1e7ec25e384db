import { type Examined, errorLevel, level } from "./examine.ts";

const titles = [
  "file",
  "codec",
  "length s",
  "ffmpeg s",
  "level dB",
  "ffmpeg dB",
  "error dB",
  "seek",
  "verdict",
];
const maxNameLength = 40;
const shorten = (name: string): string =>
  name.length > maxNameLength ? `${name.slice(0, maxNameLength - 1)}…` : name;
const number = (value: number, digits = 1): string => value.toFixed(digits);

function cells({ name: fullName, played, expected, faults, explanation }: Examined): string[] {
  const name = shorten(fullName);
  const reason = faults.includes("crash") ? "crash" : "refused";
  if (typeof played === "string") {
    const theirs = expected
      ? [number(expected.seconds, 2), "", number(level(expected.samples))]
      : ["", "", ""];
    return [
      name,
      expected?.codec ?? "",
      "",
      ...theirs,
      "",
      "",
      explanation ?? `${reason}: ${played.split("\n", 1)[0]}`,
    ];
  }
  const { facts, seconds, samples, rightSeeks, seeks, exception } = played;
  const fine = explanation ?? (exception === undefined ? "good" : `good, exception at the end: ${exception}`);
  return [
    name,
    facts.codec,
    number(seconds, 2),
    expected ? number(expected.seconds, 2) : "",
    number(level(samples)),
    expected ? number(level(expected.samples)) : "",
    expected ? number(errorLevel(played, expected)) : "",
    seeks === 0 ? "none" : `${rightSeeks}/${seeks}`,
    faults.length > 0 ? faults.join(", ") : fine,
  ];
}

/** Lays the results out as a table of Markdown. */
export function corpusTable(results: readonly Examined[]): string {
  const rows = [titles, ...results.map(cells)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return lines.join("\n");
}
