import type { Member } from "../../chat/types.ts";

/** A row of the list of members. */
export type MemberRow =
  | { readonly kind: "heading"; readonly key: string; readonly isOnline: boolean; readonly count: number }
  | {
      readonly kind: "member";
      readonly key: string;
      readonly uuid: number;
      readonly name: string;
      readonly isOnline: boolean;
    };

/** Those who are there, then the others, each by name. */
export function memberRows(
  everybody: readonly Member[],
  online: ReadonlySet<number>,
  filter: string,
  language: string,
): MemberRow[] {
  const wanted = filter.trim().toLowerCase();
  const members = everybody.filter(({ name }) => wanted === "" || name.toLowerCase().includes(wanted));
  const { compare } = new Intl.Collator(language);
  const rows: MemberRow[] = [];
  for (const isOnline of [true, false]) {
    const some = members.filter(({ uuid }) => online.has(uuid) === isOnline);
    if (some.length === 0) continue;
    rows.push({ kind: "heading", key: `heading ${isOnline}`, isOnline, count: some.length });
    some.sort((one, other) => compare(one.name, other.name));
    for (const { uuid, name } of some) rows.push({ kind: "member", key: `${uuid}`, uuid, name, isOnline });
  }
  return rows;
}
