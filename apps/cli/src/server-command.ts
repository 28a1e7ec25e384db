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
import { formatServerBanner } from "./banner.ts";
import { ConfigError } from "./config-file.ts";
import { createLogger } from "./logging.ts";
import { createPageHandler } from "./pages/pages.ts";
import { withPortFlag } from "./port-flag.ts";
import {
  capacityOptions,
  databaseLocation,
  proxyOptions,
  serverSettings,
  tlsOptions,
} from "./server-settings.ts";
import { registerOptions, resolveOptions } from "./settings.ts";
import { waitForShutdown } from "./shutdown.ts";

async function run(command: Command): Promise<void> {
  const values = resolveOptions(command, serverSettings);
  const isTerminal = process.stdout.isTTY === true;
  const logger = await createLogger("aster-server", values.logLevel, isTerminal);
  const database = databaseLocation(values);
  const proxies = proxyOptions(values);
  const { adminUser }: { adminUser?: AdminUser } = command.opts();
  const server = await startAsterServer({
    host: values.host,
    port: values.port,
    database,
    tls: tlsOptions(values),
    connection: { requestsPerSecond: values.rateLimit, idleTimeoutMs: 1000 * values.idleTimeout },
    capacity: capacityOptions(values),
    registration: values.registration,
    passwords: { minLength: values.minPasswordLength, allowCommon: values.commonPasswords },
    tokenIdleDays: values.tokenIdleDays,
    audit: { days: values.auditDays, entries: values.auditEntries },
    loginRequired: values.loginRequired,
    hideUnknownAccounts: values.hideUnknownAccounts,
    logger,
    ...(proxies && { proxies }),
    // Only a database file locks its folder; otherwise another server could own the socket there.
    ...(!values.scratchDb &&
      !isPostgresAddress(database) && { adminSocket: join(dirname(database), adminSocketName) }),
    ...(adminUser && { adminUser }),
    ...(values.plainPort !== undefined && { plainPort: values.plainPort }),
    ...(values.web && { pages: await createPageHandler(values.listenFrom) }),
    ...(values.reservedStateKeys !== undefined && {
      reservedStateKeys: values.reservedStateKeys.split(",").map((key) => key.trim()),
    }),
    ...(values.allowedOrigins !== undefined && {
      allowedOrigins: values.allowedOrigins.split(",").map((origin) => origin.trim()),
    }),
    ...(values.files !== undefined && {
      files: { folder: values.files, ...(values.publicUrl !== undefined && { publicUrl: values.publicUrl }) },
    }),
    ...(values.nats !== undefined && { nats: values.nats }),
    ...(values.statusPort !== undefined && { statusPort: values.statusPort }),
    ...(values.apiVersion !== undefined && { apiVersion: values.apiVersion }),
    ...(values.name !== undefined && { name: values.name }),
    ...(values.icon !== undefined && { iconFile: values.icon }),
    ...(values.defaultPicture !== undefined && { defaultPictureFile: values.defaultPicture }),
  });
  // Installed before the ready line, after which a supervisor may stop the process.
  const shutdown = waitForShutdown();
  if (isTerminal) {
    const location = values.scratchDb ? "in memory (lost on exit)" : redactAddress(database);
    process.stdout.write(formatServerBanner(server, packageJson.version, { Database: location }));
  } else {
    // Supervisors wait for this line, so it is logged at every log level.
    const { host, port, plainPort, statusPort, fingerprint256 } = server;
    logger.child({}, { level: "info" }).info({ host, port, plainPort, statusPort, fingerprint256 }, "ready");
  }
  const reason = await shutdown;
  logger.info({ reason }, "stopping");
  await server.close();
  logger.info({}, "stopped");
}

/** Adds to a listen error the flag of its port. */
function nameFlag(command: Command, message: string): string {
  const { port, plainPort, statusPort } = resolveOptions(command, serverSettings);
  return withPortFlag(message, {
    "--port": port,
    "--plain-port, or --web-port of asterite up": plainPort,
    "--status-port": statusPort,
  });
}

/** Creates `asterite server`, which runs the chat server alone. */
export function serverCommand(): Command {
  const command = new Command("server")
    .description("Run only the chat server.")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nPrecedence: flag, environment variable, configuration file, default." +
        "\nThe configuration file can be the reference server's config.json; paths in it are relative to the" +
        "\nworking directory.",
    );
  registerOptions(command, serverSettings).addOption(adminUserOption(command));
  return command.action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof ConfigError)) throw error;
      const isListenError = error instanceof ServerError && error.code === "LISTEN_FAILED";
      const message = isListenError ? nameFlag(self, error.message) : error.message;
      self.error(`asterite server: ${message}`, { exitCode: 1, code: error.name });
    }
  });
}
