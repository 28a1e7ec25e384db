import { type Finding, findingsFor, reasonOf } from "./finding.ts";

const reinstall = "Reinstall the package: npm install --global asterite.";

/** Checks the requirements of Discord voice: UDP, ciphers, end-to-end encryption and the Opus encoder. */
export async function checkDiscord(): Promise<Finding[]> {
  const { discordChecks: checks } = await import("@asterite/andesite-node");
  return [
    await runCheck("udp", "Allow UDP in both directions; see the Discord guide.", async () => {
      await checks.udp();
      return "works on this machine (the network's firewall is not checked)";
    }),
    await runCheck("encryption", reinstall, () => checks.ciphers().join(", ")),
    await runCheck("end to end", reinstall, async () => `DAVE, davey ${await checks.endToEnd()}`),
    await runCheck("opus", reinstall, async () => `libopus works (${await checks.opus()})`),
  ];
}

async function runCheck(
  subject: string,
  advice: string,
  check: () => string | Promise<string>,
): Promise<Finding> {
  const finding = findingsFor(subject);
  try {
    return finding.ok(await check());
  } catch (error) {
    return finding.problem(reasonOf(error), advice);
  }
}
