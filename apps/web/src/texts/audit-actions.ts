import { enDialogs } from "./en-dialogs.ts";
import { t } from "./texts.svelte.ts";

const isKey = (key: string): key is keyof typeof enDialogs => Object.hasOwn(enDialogs, key);

/** Returns the text for an action of the audit log; the name of one that a newer server has. */
export function describeAction(action: string): string {
  const key = `auditAction.${action}`;
  return isKey(key) ? t(key) : action;
}

/** Returns the text for a field or a permission in a change, or for the value of a permission. */
export function describeField(field: string): string {
  const key = [`auditField.${field}`, `permission.${field}`].find(isKey);
  return key ? t(key) : field;
}

/** Returns the text for a refusal of the audit log, with its reason unless only a newer server has it. */
export function describeRefusal(reason: string): string {
  const [kind, name = ""] = reason.split(":");
  const key = `auditReason.${kind}`;
  if (!isKey(key)) return t("audit.refusedOtherwise");
  return t("audit.refused", { reason: t(key, { name: describeField(name) }) });
}
