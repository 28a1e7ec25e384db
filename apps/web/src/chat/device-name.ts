const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\//, "Firefox"],
  [/\bChrome\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

const find = (list: typeof browsers, text: string): string | undefined =>
  list.find(([pattern]) => pattern.test(text))?.[1];

/** Returns the name of this browser in the account's list of sessions, derived from the user agent. */
export function deviceName(userAgent: string, tag: string): string {
  const browser = find(browsers, userAgent) ?? "Browser";
  const system = find(systems, userAgent);
  return `Asterite web (${system === undefined ? browser : `${browser}, ${system}`}) ${tag}`;
}
