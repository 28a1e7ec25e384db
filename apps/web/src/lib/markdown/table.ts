import { parseInline } from "./inline.ts";
import type { Alignment, Block, Inline } from "./tree.ts";

const maxColumns = 20;
/** Limit of the cells of a table. Its further lines are a paragraph, as short lines can have many cells. */
const maxCells = 2000;

/** Returns the texts of the cells of a line. Bars after a backslash are part of a cell. */
function splitCells(line: string): string[] {
  const cells: string[] = [];
  const row = line.trim();
  let start = row.startsWith("|") ? 1 : 0;
  for (const { 0: found, index } of row.slice(start).matchAll(/\\.|\|/gs)) {
    if (found !== "|") continue;
    const at = index + (row.startsWith("|") ? 1 : 0);
    cells.push(row.slice(start, at).trim());
    start = at + 1;
    if (cells.length === maxColumns) return cells;
  }
  if (start < row.length || cells.length === 0) cells.push(row.slice(start).trim());
  return cells;
}

/** Returns the alignment by column of the line below a table's head; undefined if it is another line. */
function parseRule(line: string): Alignment[] | undefined {
  if (!line.includes("|") || !line.includes("-")) return undefined;
  const cells = splitCells(line);
  if (!cells.every((cell) => /^:?-+:?$/.test(cell))) return undefined;
  return cells.map((cell) => {
    if (!cell.endsWith(":")) return cell.startsWith(":") ? "left" : undefined;
    return cell.startsWith(":") ? "center" : "right";
  });
}

const parseCells = (line: string): Inline[][] => splitCells(line).map((cell) => parseInline(cell));

/** Parses the table at a line; undefined if there is none. */
export function parseTable(
  lines: readonly string[],
  at: number,
): { readonly block: Block; readonly next: number } | undefined {
  const first = lines[at] ?? "";
  const align = first.includes("|") ? parseRule(lines[at + 1] ?? "") : undefined;
  if (!align) return undefined;
  const head = parseCells(first);
  const rows: Inline[][][] = [];
  let next = at + 2;
  for (; (lines[next] ?? "").includes("|") && rows.length * head.length < maxCells; next++) {
    const cells = parseCells(lines[next] ?? "");
    rows.push(head.map((_, column) => cells[column] ?? []));
  }
  return { block: { type: "table", align: head.map((_, column) => align[column]), head, rows }, next };
}
