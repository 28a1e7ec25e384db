import { isPostgresAddress } from "@asterite/aster-server";
import { Command } from "commander";
import { ConfigError } from "./config-file.ts";
import { checkCertificate } from "./doctor/certificate.ts";
import { checkConfiguration } from "./doctor/configuration.ts";
import { checkDatabase } from "./doctor/database.ts";
import { examineDiscord } from "./doctor/discord.ts";
import { djDoctorCommand } from "./doctor/dj.ts";
import { about, type Finding, report } from "./doctor/finding.ts";
import { checkMachine } from "./doctor/machine.ts";
import { examineNode } from "./doctor/node.ts";
import { checkPort, checkStatusPort } from "./doctor/ports.ts";
import { checkNats, checkPostgres, withoutNats } from "./doctor/services.ts";
import { declareNode, gatherNodeValues } from "./node/node-options.ts";
import { databaseFile, type ServerValues, serverSettings, tlsOptions } from "./server-settings.ts";
import { declare, gather } from "./settings.ts";

async function examine(values: ServerValues): Promise<Finding[]> {
  const findings = await checkConfiguration(values);
  // What contradicts itself cannot be looked at any further.
  if (findings.some(({ severity }) => severity === "problem")) return findings;
  const tls = tlsOptions(values);
  const name = databaseFile(values);
  const { findings: onDatabase, isInUse } = isPostgresAddress(name)
    ? { findings: await checkPostgres(name), isInUse: false }
    : await checkDatabase(name);
  const { findings: onCertificate, fingerprint256 } = await checkCertificate(tls);
  const { host, port, statusPort } = values;
  const onPort = await checkPort({ host, port, isPlain: typeof tls === "string", fingerprint256 });
  findings.push(...onDatabase, ...onCertificate, onPort);
  if (isInUse && onPort.message.endsWith("is free")) {
    const advice = "Another server may run with the same folder on another port.";
    findings.push(about("database").warning("it is in use, but nobody serves the port", advice));
  }
  if (values.nats !== undefined) {
    findings.push(await checkNats(values.nats, "messages are late and presence is incomplete"));
  } else if (isPostgresAddress(name)) findings.push(withoutNats);
  if (statusPort !== undefined) findings.push(await checkStatusPort(statusPort));
  return findings;
}

async function run(command: Command, look: () => Promise<Finding[]>): Promise<void> {
  const findings = checkMachine();
  try {
    findings.unshift(...(await look()));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.unshift(about("configuration").problem(error.message, "Mend the file or the flag."));
  }
  report(findings, command.optsWithGlobals()["json"] === true);
}

const asJson = ["--json", "print one JSON object for machines"] as const;

const isAboutDiscord = (command: Command): boolean => command.opts()["discord"] === true;

/** `asterite doctor node`: the same for the audio node. */
function doctorNodeCommand(): Command {
  const command = new Command("node")
    .description("Check the audio node: configuration, encoder, threads, port, folders and programs.")
    .helpOption("-h, --help", "print this help")
    .option(...asJson);
  return declareNode(command).action((_options: unknown, self: Command) =>
    run(self, () => examineNode(gatherNodeValues(self))),
  );
}

/** `asterite doctor`: says whether the server can run as it is set up, and what to do if not. */
export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("Check the chat server, or the audio node with `doctor node`, and say what to do.")
    .helpOption("-h, --help", "print this help")
    // What stands after `node` belongs to it, though the flags have the same names.
    .enablePositionalOptions()
    .addCommand(doctorNodeCommand())
    .option(...asJson)
    .option("--discord", "check what an audio node needs for Discord calls, and nothing else")
    .addHelpText(
      "after",
      "\nGive it the flags, environment and configuration file of the server. It changes nothing, and may run" +
        "\nbeside the server. Exit code 1: there is a problem.",
    );
  command.addCommand(djDoctorCommand());
  return declare(command, serverSettings).action((_options: unknown, self: Command) =>
    run(self, () => (isAboutDiscord(self) ? examineDiscord() : examine(gather(self, serverSettings)))),
  );
}
