import { NodeError } from "@asterite/andesite-node/configuration";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { ConfigError } from "../config-file.ts";
import { createLogger } from "../logging.ts";
import { untilAskedToStop } from "../shutdown.ts";
import { nodeBanner } from "./node-banner.ts";
import { declareNode, gatherNodeValues } from "./node-options.ts";

async function run(command: Command): Promise<void> {
  const { options, logLevel, ignored } = gatherNodeValues(command);
  const forPerson = process.stdout.isTTY === true;
  const logger = await createLogger("andesite-node", logLevel, forPerson);
  if (ignored.length > 0) logger.warn({ keys: ignored }, "settings that mean nothing here are ignored");
  // Loaded when it is needed, because the other commands should not wait for it.
  const { createNode } = await import("@asterite/andesite-node");
  const node = await createNode({ ...options, logger });
  // Before anybody learns that the node is there, and may stop it.
  const asked = untilAskedToStop();
  if (forPerson) process.stdout.write(nodeBanner(node, options, packageJson.version));
  else {
    // Whoever starts the node waits for this line, so no log level hides it.
    const { host, port, enabledSources: sources } = node;
    logger.child({}, { level: "info" }).info({ host, port, sources }, "ready");
  }
  const reason = await asked;
  logger.info({ reason }, "stopping");
  await node.drain();
  await node.close();
  logger.info({}, "stopped");
}

/** `asterite node`: the audio node. */
export function nodeCommand(): Command {
  const command = new Command("node")
    .description("Run the audio node: plays for Andesite and Lavalink 3 clients.")
    .helpOption("-h, --help", "print this help");
  return declareNode(command).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof NodeError || error instanceof ConfigError)) throw error;
      self.error(`asterite node: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
