import type { Member } from "../../chat/types.ts";

/** Row of the member list. */
export type MemberRow =
  | { readonly type: "heading"; readonly key: string; readonly isOnline: boolean; readonly count: number }
  | {
      readonly type: "member";
      readonly key: string;
      readonly uuid: number;
      readonly name: string;
      readonly isOnline: boolean;
    };

/** Builds the rows: online members, then offline ones, each sorted by name. */
export function memberRows(
  all: readonly Member[],
  online: ReadonlySet<number>,
  filter: string,
  language: string,
): MemberRow[] {
  const wanted = filter.trim().toLowerCase();
  const members = all.filter(({ name }) => wanted === "" || name.toLowerCase().includes(wanted));
  const { compare } = new Intl.Collator(language);
  const rows: MemberRow[] = [];
  for (const isOnline of [true, false]) {
    const group = members.filter(({ uuid }) => online.has(uuid) === isOnline);
    if (group.length === 0) continue;
    rows.push({ type: "heading", key: `heading ${isOnline}`, isOnline, count: group.length });
    group.sort((one, other) => compare(one.name, other.name));
    for (const { uuid, name } of group) rows.push({ type: "member", key: `${uuid}`, uuid, name, isOnline });
  }
  return rows;
}
