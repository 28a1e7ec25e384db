import type { Dj } from "@asterite/dj";
import { DjError } from "@asterite/dj/configuration";
import { Command } from "commander";
import { ConfigError } from "./config-file.ts";
import { djOptions, djSettings } from "./dj-settings.ts";
import { createLogger } from "./logging.ts";
import { declare, gather } from "./settings.ts";
import { untilAskedToStop } from "./shutdown.ts";

async function run(command: Command): Promise<void> {
  const values = gather(command, djSettings);
  const options = djOptions(values);
  const logger = await createLogger("dj", values.logLevel, process.stdout.isTTY === true);
  const starting = new AbortController();
  // Before the server is reached, which may take as long as it likes.
  const asked = untilAskedToStop().then((reason) => {
    starting.abort();
    return reason;
  });
  // Loaded when it is needed, because the other commands should not wait for it.
  const { startDj } = await import("@asterite/dj");
  let dj: Dj;
  try {
    dj = await startDj({ ...options, logger, signal: starting.signal });
  } catch (error) {
    if (starting.signal.aborted) return;
    throw error;
  }
  // Whoever starts the bot waits for this line, so no log level hides it.
  logger.child({}, { level: "info" }).info({ user: dj.userUuid, ...options.server, tls: undefined }, "ready");
  const reason = await Promise.race([asked, dj.closed.then(() => "closed")]);
  logger.info({ reason }, "stopping");
  await dj.close();
  logger.info({}, "stopped");
}

/** `asterite dj`: the music bot alone. */
export function djCommand(): Command {
  const command = new Command("dj")
    .description("Run the music bot alone: it joins a chat server and commands audio nodes.")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nA flag wins over its environment variable, that over the configuration file, that over the default." +
        "\n`asterite doctor dj` checks whether it could run.",
    );
  return declare(command, djSettings).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof DjError || error instanceof ConfigError)) throw error;
      self.error(`asterite dj: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
