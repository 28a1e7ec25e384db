import { dirname, join } from "node:path";
import {
  type AdminUser,
  adminSocketName,
  isPostgresAddress,
  redactAddress,
  ServerError,
  startAsterServer,
} from "@asterite/aster-server";
import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { adminUserOption } from "./admin-user.ts";
import { serverBanner } from "./banner.ts";
import { ConfigError } from "./config-file.ts";
import { untilAskedToStop } from "./lifetime.ts";
import { createLogger } from "./logging.ts";
import { openPages } from "./pages/pages.ts";
import { databaseFile, serverSettings, tlsOptions } from "./server-settings.ts";
import { declare, gather } from "./settings.ts";

async function run(command: Command): Promise<void> {
  const values = gather(command, serverSettings);
  const forPerson = process.stdout.isTTY === true;
  const logger = await createLogger("aster-server", values.logLevel, forPerson);
  const database = databaseFile(values);
  const { adminUser }: { adminUser?: AdminUser } = command.opts();
  const server = await startAsterServer({
    host: values.host,
    port: values.port,
    database,
    tls: tlsOptions(values),
    connection: { requestsPerSecond: values.rateLimit, idleTimeoutMs: 1000 * values.idleTimeout },
    apiVersion: values.apiVersion,
    logger,
    // Only a file locks its folder; elsewhere another server may own the socket there.
    ...(!values.scratchDb &&
      !isPostgresAddress(database) && { adminSocket: join(dirname(database), adminSocketName) }),
    ...(adminUser && { adminUser }),
    ...(values.plainPort !== undefined && { plainPort: values.plainPort }),
    ...(values.web && { pages: await openPages(values.listenFrom) }),
    ...(values.nats !== undefined && { nats: values.nats }),
    ...(values.statusPort !== undefined && { statusPort: values.statusPort }),
    ...(values.name !== undefined && { name: values.name }),
    ...(values.icon !== undefined && { iconFile: values.icon }),
    ...(values.defaultPicture !== undefined && { defaultPictureFile: values.defaultPicture }),
  });
  // Before anybody learns that the server is there, and may stop it.
  const asked = untilAskedToStop();
  if (forPerson) {
    const place = values.scratchDb ? "in memory, gone when the server stops" : redactAddress(database);
    process.stdout.write(serverBanner(server, packageJson.version, { Database: place }));
  } else {
    // Whoever starts the server waits for this line, so no log level hides it.
    const { host, port, plainPort, statusPort, fingerprint256 } = server;
    logger.child({}, { level: "info" }).info({ host, port, plainPort, statusPort, fingerprint256 }, "ready");
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
  declare(command, serverSettings).addOption(adminUserOption());
  return command.action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof ConfigError)) throw error;
      self.error(`asterite server: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
