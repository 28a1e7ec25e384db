import { flagRule, functionRule, methodsRule, type Rules, textRule } from "../option-rules.ts";
import type { TlsTrust } from "./transport.ts";

/** Rules of the options of TLS on Node. */
export const tlsRules: Rules<TlsTrust> = {
  fingerprint256: textRule(/^(?:[\da-f]{2}:?){32}$/i, "32 hexadecimal bytes, as the server prints them"),
  // Node ignores any other text, which may be a key.
  ca: textRule(
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/,
    "the text of a PEM file, not its path",
    true,
  ),
  firstUse: methodsRule("get", "set"),
  checkServerIdentity: functionRule,
  verify: flagRule,
};
