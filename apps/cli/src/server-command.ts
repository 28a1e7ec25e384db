import { dirname, join } from "node:path";
import { adminSocketName, ServerError, startAsterServer } from "@asterite/aster-server";
import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { serverBanner } from "./banner.ts";
import { ConfigError } from "./config-file.ts";
import { untilAskedToStop } from "./lifetime.ts";
import { createLogger } from "./logging.ts";
import { databaseFile, serverSettings, tlsOptions } from "./server-settings.ts";
import { declare, gather } from "./settings.ts";

async function run(command: Command): Promise<void> {
  const values = gather(command, serverSettings);
  const forPerson = process.stdout.isTTY === true;
  const logger = createLogger("aster-server", values.logLevel, forPerson);
  const database = databaseFile(values);
  const server = await startAsterServer({
    host: values.host,
    port: values.port,
    database,
    tls: tlsOptions(values),
    connection: { requestsPerSecond: values.rateLimit },
    apiVersion: values.apiVersion,
    adminSocket: join(dirname(database), adminSocketName),
    logger,
    ...(values.statusPort !== undefined && { statusPort: values.statusPort }),
    ...(values.name !== undefined && { name: values.name }),
    ...(values.icon !== undefined && { iconFile: values.icon }),
    ...(values.defaultPicture !== undefined && { defaultPictureFile: values.defaultPicture }),
  });
  // Whoever reads that it is ready may end it at once.
  const asked = untilAskedToStop();
  if (forPerson) {
    process.stdout.write(serverBanner(server, packageJson.version, { Database: database }));
  } else {
    // Whoever starts the server waits for this line, so no log level hides it.
    const { host, port, statusPort, fingerprint256 } = server;
    logger.child({}, { level: "info" }).info({ host, port, statusPort, fingerprint256 }, "ready");
  }
  const reason = await asked;
  logger.info({ reason }, "stopping");
  await server.close();
  logger.info({}, "stopped");
}

/** `asterite server`: the chat server alone. */
export function serverCommand(): Command {
  const command = new Command("server")
    .description("Run the chat server alone.")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nA flag wins over its environment variable, that over the configuration file, that over the default." +
        "\nThe configuration file may be the reference server's config.json; paths in it are relative to the" +
        "\nworking directory.",
    );
  return declare(command, serverSettings).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof ConfigError)) throw error;
      self.error(`asterite server: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
