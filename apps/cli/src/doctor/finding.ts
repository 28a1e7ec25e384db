/** How much a finding matters: nothing to do, worth a look, or the server cannot do its work. */
type Severity = "ok" | "warning" | "problem";

/** One thing that was looked at. */
export interface Finding {
  readonly severity: Severity;
  /** What was looked at, for example `database`. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Makes the findings about one subject. */
export const about = (subject: string) => ({
  ok: (message: string): Finding => ({ severity: "ok", subject, message }),
  warning: (message: string, advice: string): Finding => ({ severity: "warning", subject, message, advice }),
  problem: (message: string, advice: string): Finding => ({ severity: "problem", subject, message, advice }),
});

/** The message of anything that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const marks: { readonly [severity in Severity]: string } = { ok: "✓", warning: "!", problem: "✗" };

/** Findings for a person. */
function asText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const indent = " ".repeat(width + 6);
  const lines = findings.map(({ severity, subject, message, advice }) => {
    const line = `  ${marks[severity]} ${subject.padEnd(width)}  ${message}`;
    return advice === undefined ? line : `${line}\n${indent}${advice}`;
  });
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  return `${lines.join("\n")}\n\n  ${count("problem")} problems, ${count("warning")} warnings\n`;
}

/** Prints findings, and lets the command fail if there is a problem among them. */
export function report(findings: readonly Finding[], asJson: boolean): void {
  const isWell = findings.every(({ severity }) => severity !== "problem");
  process.stdout.write(asJson ? `${JSON.stringify({ ok: isWell, findings })}\n` : asText(findings));
  if (!isWell) process.exitCode = 1;
}
