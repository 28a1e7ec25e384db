/**
 * Severity: `ok` needs no action, `warning` should be checked, `problem` prevents the service from working.
 */
type Severity = "ok" | "warning" | "problem";

/** Result of one check. */
export interface Finding {
  readonly severity: Severity;
  /** Checked component, for example `database`. */
  readonly subject: string;
  readonly message: string;
  /** Suggested action. */
  readonly advice?: string;
}

/** Returns constructors for the findings of one subject. */
export const findingsFor = (subject: string) => ({
  ok: (message: string): Finding => ({ severity: "ok", subject, message }),
  warning: (message: string, advice: string): Finding => ({ severity: "warning", subject, message, advice }),
  problem: (message: string, advice: string): Finding => ({ severity: "problem", subject, message, advice }),
});

/** Returns the message of a thrown value. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const marks: { readonly [severity in Severity]: string } = { ok: "✓", warning: "!", problem: "✗" };

/** Formats findings for a terminal. */
function asText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const indent = " ".repeat(width + 6);
  const lines = findings.map(({ severity, subject, message, advice }) => {
    const line = `  ${marks[severity]} ${subject.padEnd(width)}  ${message}`;
    return advice === undefined ? line : `${line}\n${indent}${advice}`;
  });
  const count = (severity: Severity): string => {
    const number = findings.filter((one) => one.severity === severity).length;
    return `${number} ${severity}${number === 1 ? "" : "s"}`;
  };
  return `${lines.join("\n")}\n\n  ${count("problem")}, ${count("warning")}\n`;
}

/** Prints findings and sets exit code 1 if there is a problem among them. */
export function printReport(findings: readonly Finding[], asJson: boolean): void {
  const isOk = findings.every(({ severity }) => severity !== "problem");
  process.stdout.write(asJson ? `${JSON.stringify({ ok: isOk, findings })}\n` : asText(findings));
  if (!isOk) process.exitCode = 1;
}
