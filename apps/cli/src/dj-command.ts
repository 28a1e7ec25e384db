import type { Dj } from "@asterite/dj";
import { DjError } from "@asterite/dj/configuration";
import { Command } from "commander";
import { ConfigError } from "./config-file.ts";
import { djOptions, djSettings } from "./dj-settings.ts";
import { createLogger } from "./logging.ts";
import { registerOptions, resolveOptions } from "./settings.ts";
import { waitForShutdown } from "./shutdown.ts";

async function run(command: Command): Promise<void> {
  const values = resolveOptions(command, djSettings);
  const options = djOptions(values);
  const logger = await createLogger("dj", values.logLevel, process.stdout.isTTY === true);
  const starting = new AbortController();
  // Installed before connecting, which can take arbitrarily long.
  const shutdown = waitForShutdown().then((reason) => {
    starting.abort();
    return reason;
  });
  // Loaded on demand, so that other commands start faster.
  const { startDj } = await import("@asterite/dj");
  let dj: Dj;
  try {
    dj = await startDj({ ...options, logger, signal: starting.signal });
  } catch (error) {
    if (starting.signal.aborted) return;
    throw error;
  }
  // Supervisors wait for this line, so it is logged at every log level.
  logger.child({}, { level: "info" }).info({ user: dj.userUuid, ...options.server, tls: undefined }, "ready");
  const reason = await Promise.race([shutdown, dj.closed.then(() => "closed")]);
  logger.info({ reason }, "stopping");
  await dj.close();
  logger.info({}, "stopped");
}

/** Creates `asterite dj`, which runs the music bot alone. */
export function djCommand(): Command {
  const command = new Command("dj")
    .description("Run only the music bot: joins a chat server and controls audio nodes.")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nPrecedence: flag, environment variable, configuration file, default." +
        "\n`asterite doctor dj` checks the setup.",
    );
  return registerOptions(command, djSettings).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof DjError || error instanceof ConfigError)) throw error;
      self.error(`asterite dj: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
