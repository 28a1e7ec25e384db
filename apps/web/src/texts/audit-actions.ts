import { en, type Texts } from "./en.ts";
import { t } from "./texts.svelte.ts";

/** Returns the text for an action of the audit log; the name of one that a newer server has. */
export function describeAction(action: string): string {
  const key = `auditAction.${action}`;
  return Object.hasOwn(en, key) ? t(key as keyof Texts) : action;
}
