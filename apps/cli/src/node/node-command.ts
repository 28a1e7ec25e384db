import { NodeError } from "@asterite/andesite-node/configuration";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { ConfigError } from "../config-file.ts";
import { createLogger } from "../logging.ts";
import { waitForShutdown } from "../shutdown.ts";
import { countMusicEntries } from "./music-folder.ts";
import { formatNodeBanner } from "./node-banner.ts";
import { registerNodeOptions, resolveNodeOptions } from "./node-options.ts";

async function run(command: Command): Promise<void> {
  const { options, logLevel, ignored } = await resolveNodeOptions(command);
  const isTerminal = process.stdout.isTTY === true;
  const logger = await createLogger("andesite-node", logLevel, isTerminal);
  if (ignored.length > 0) logger.warn({ keys: ignored }, "ignored unknown settings");
  for (const folder of options.loading?.musicFolders ?? []) {
    // An empty folder may be filled later; in another one, no track could ever be found.
    if ((await countMusicEntries(folder)) === 0) logger.warn({ folder }, "music folder is empty");
  }
  // Loaded on demand, so that other commands start faster.
  const { createNode } = await import("@asterite/andesite-node");
  const node = await createNode({ ...options, logger });
  // Installed before the ready line, after which a supervisor may stop the process.
  const shutdown = waitForShutdown();
  if (isTerminal) process.stdout.write(formatNodeBanner(node, options, packageJson.version));
  else {
    // Supervisors wait for this line, so it is logged at every log level.
    const { host, port, enabledSources: sources } = node;
    logger.child({}, { level: "info" }).info({ host, port, sources }, "ready");
  }
  const reason = await shutdown;
  logger.info({ reason }, "stopping");
  await node.drain();
  await node.close();
  logger.info({}, "stopped");
}

/** Creates `asterite node`, which runs the audio node. */
export function nodeCommand(): Command {
  const command = new Command("node")
    .description("Run only the audio node, for Andesite and Lavalink 3 clients.")
    .helpOption("-h, --help", "print this help");
  return registerNodeOptions(command).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof NodeError || error instanceof ConfigError)) throw error;
      self.error(`asterite node: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
