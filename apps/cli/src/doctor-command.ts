import { isPostgresAddress } from "@asterite/aster-server";
import { Command } from "commander";
import { ConfigError } from "./config-file.ts";
import { checkCertificate } from "./doctor/certificate.ts";
import { checkConfiguration } from "./doctor/configuration.ts";
import { checkDatabase } from "./doctor/database.ts";
import { checkDiscord } from "./doctor/discord.ts";
import { djDoctorCommand } from "./doctor/dj.ts";
import { type Finding, findingsFor, printReport } from "./doctor/finding.ts";
import { checkMachine } from "./doctor/machine.ts";
import { checkNodeSetup } from "./doctor/node.ts";
import { checkPort, checkStatusPort } from "./doctor/ports.ts";
import { checkNats, checkPostgres, natsMissing } from "./doctor/services.ts";
import { registerNodeOptions, resolveNodeOptions } from "./node/node-options.ts";
import { databaseLocation, type ServerValues, serverSettings, tlsOptions } from "./server-settings.ts";
import { registerOptions, resolveOptions } from "./settings.ts";

async function checkServerSetup(values: ServerValues): Promise<Finding[]> {
  const findings = await checkConfiguration(values);
  // Further checks need a valid configuration.
  if (findings.some(({ severity }) => severity === "problem")) return findings;
  const tls = tlsOptions(values);
  const name = databaseLocation(values);
  const { findings: databaseFindings, isInUse } = isPostgresAddress(name)
    ? { findings: await checkPostgres(name), isInUse: false }
    : await checkDatabase(name);
  const { findings: certificateFindings, fingerprint256 } = await checkCertificate(tls);
  const { host, port, statusPort } = values;
  const portFinding = await checkPort({ host, port, isPlain: typeof tls === "string", fingerprint256 });
  findings.push(...databaseFindings, ...certificateFindings, portFinding);
  if (isInUse && portFinding.message.endsWith("is free")) {
    const advice = "Another server may use the same folder on another port.";
    findings.push(findingsFor("database").warning("in use, but no server is running on the port", advice));
  }
  if (values.nats !== undefined) {
    findings.push(await checkNats(values.nats, "messages are delayed and presence is incomplete"));
  } else if (isPostgresAddress(name)) findings.push(natsMissing);
  if (statusPort !== undefined) findings.push(await checkStatusPort(statusPort));
  return findings;
}

async function run(command: Command, check: () => Promise<Finding[]>): Promise<void> {
  const findings = checkMachine();
  try {
    findings.unshift(...(await check()));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.unshift(findingsFor("configuration").problem(error.message, "Fix the file or flag."));
  }
  printReport(findings, command.optsWithGlobals()["json"] === true);
}

const jsonOption = ["--json", "print a JSON object"] as const;

const isDiscordOnly = (command: Command): boolean => command.opts()["discord"] === true;

/** Creates `asterite doctor node`, which checks the setup of the audio node. */
function doctorNodeCommand(): Command {
  const command = new Command("node")
    .description("Check the audio node: configuration, encoder, threads, port, folders and programs.")
    .helpOption("-h, --help", "print this help")
    .option(...jsonOption);
  return registerNodeOptions(command).action((_options: unknown, self: Command) =>
    run(self, async () => checkNodeSetup(await resolveNodeOptions(self))),
  );
}

/** Creates `asterite doctor`, which checks the setup of the chat server and suggests fixes. */
export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description(
      "Check the setup of the chat server and suggest fixes; see also `doctor node` and `doctor dj`.",
    )
    .helpOption("-h, --help", "print this help")
    // Options after `node` belong to it, although the flags have the same names.
    .enablePositionalOptions()
    .addCommand(doctorNodeCommand())
    .option(...jsonOption)
    .option("--discord", "check only the requirements for Discord voice")
    .addHelpText(
      "after",
      "\nUse the same flags, environment and configuration file as for the server. Nothing is changed, and the" +
        "\nserver may be running. Exits with code 1 if there is a problem.",
    );
  command.addCommand(djDoctorCommand());
  return registerOptions(command, serverSettings).action((_options: unknown, self: Command) =>
    run(self, () =>
      isDiscordOnly(self) ? checkDiscord() : checkServerSetup(resolveOptions(self, serverSettings)),
    ),
  );
}
