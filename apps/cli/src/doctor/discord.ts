import { about, type Finding, reasonOf } from "./finding.ts";

const reinstall = "Install the package again: npm install --global asterite.";

/** Looks at what Discord calls need: UDP, ciphers, the end-to-end encryption and the Opus encoder. */
export async function examineDiscord(): Promise<Finding[]> {
  const { discordChecks: checks } = await import("@asterite/andesite-node");
  return [
    await look("udp", "Allow programs to send and receive UDP; see the guide about Discord.", async () => {
      await checks.udp();
      return "packets arrive on this machine; the way to Discord is its firewall's affair";
    }),
    await look("encryption", reinstall, () => checks.ciphers().join(", ")),
    await look("end to end", reinstall, async () => `DAVE, davey ${await checks.endToEnd()}`),
    await look("opus", reinstall, async () => `libopus encodes (${await checks.opus()})`),
  ];
}

async function look(
  subject: string,
  advice: string,
  check: () => string | Promise<string>,
): Promise<Finding> {
  const finding = about(subject);
  try {
    return finding.ok(await check());
  } catch (error) {
    return finding.problem(reasonOf(error), advice);
  }
}
