import type { ServerSession } from "../../chat/server-session.ts";
import { formatOperator, isoDay, operatorBefore } from "../../lib/text/search-query.ts";

/** Value that completes an operator of the search field. */
export interface SearchSuggestion {
  readonly label: string;
  /** Explanation beside the label. */
  readonly detail?: string;
  /** The operator with the value. */
  readonly text: string;
}

/** Values for the operator before the caret. */
export interface SearchSuggestions {
  /** Start of the operator. */
  readonly from: number;
  readonly list: readonly SearchSuggestion[];
}

const maxSuggestions = 6;
const dayMs = 24 * 60 * 60 * 1000;
const offeredDays = [0, 1, 7, 30, 365];

/** Returns the values of the operator at the caret that begin with the typed text. */
export function suggestSearch(
  text: string,
  caret: number,
  session: ServerSession,
  language: string,
): SearchSuggestions | undefined {
  const operator = operatorBefore(text.slice(0, caret));
  if (!operator) return undefined;
  const { from, word, name } = operator;
  const typed = operator.typed.replace(/^[@#]/, "").toLowerCase();
  const values = {
    from: () => session.users.all.map((user) => ({ label: user.name })),
    in: () => session.serverInfo.channels.map((channel) => ({ label: session.serverInfo.nameOf(channel) })),
    has: () => [{ label: "link" }],
    before: () => days(language),
    after: () => days(language),
  }[name]();
  const list = values
    .filter(({ label }) => label.toLowerCase().startsWith(typed))
    .slice(0, maxSuggestions)
    .map((value) => ({ ...value, text: formatOperator(word, value.label) }));
  const [only] = list;
  // A complete value is searched for, not completed.
  return list.length === 0 || (list.length === 1 && only?.label.toLowerCase() === typed)
    ? undefined
    : { from, list };
}

function days(language: string): { readonly label: string; readonly detail: string }[] {
  const names = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return offeredDays.map((ago) => ({
    label: isoDay(Date.now() - ago * dayMs),
    detail: names.format(-ago, "day"),
  }));
}
