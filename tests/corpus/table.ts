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
const number = (value: number, digits = 1): string => value.toFixed(digits);

function cells({ name, played, expected, faults }: Examined): string[] {
  const reason = faults.includes("crash") ? "crash" : "refused";
  if (typeof played === "string") {
    const theirs = expected
      ? [number(expected.seconds, 2), "", number(level(expected.samples))]
      : ["", "", ""];
    return [name, expected?.codec ?? "", "", ...theirs, "", "", `${reason}: ${played.split("\n", 1)[0]}`];
  }
  const { facts, seconds, samples, rightSeeks, seeks } = played;
  return [
    name,
    facts.codec,
    number(seconds, 2),
    expected ? number(expected.seconds, 2) : "",
    number(level(samples)),
    expected ? number(level(expected.samples)) : "",
    expected ? number(errorLevel(played, expected)) : "",
    seeks === 0 ? "none" : `${rightSeeks}/${seeks}`,
    faults.length > 0 ? faults.join(", ") : "good",
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
