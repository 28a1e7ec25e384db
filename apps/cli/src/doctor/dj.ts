import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import type { DjNode } from "@asterite/dj/configuration";
import { Command } from "commander";
import { ConfigError } from "../config-file.ts";
import { djOptions, djSettings } from "../dj-settings.ts";
import { declare, gather } from "../settings.ts";
import { hearNodes } from "./discovered-nodes.ts";
import { about, type Finding, reasonOf, report } from "./finding.ts";
import { checkMachine } from "./machine.ts";
import { whoListens } from "./ports.ts";

const patienceMs = 3_000;

/** Looks whether rooms can be written down. */
async function checkFolder(folder: string): Promise<Finding> {
  for (let place = folder; ; place = dirname(place)) {
    try {
      await access(place, constants.W_OK);
      return about("folder").ok(place === folder ? `${folder} can be written to` : `${folder} will be made`);
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (isMissing && dirname(place) !== place) continue;
      const advice =
        "Give the user of the bot the right to write there, or choose another folder with --data.";
      return about("folder").problem(`${folder} cannot be written to: ${reasonOf(error)}`, advice);
    }
  }
}

/** Looks who answers where the chat server should be. */
async function checkChat(host: string, port: number, isPlain: boolean): Promise<Finding> {
  const chat = about("chat server");
  const found = await whoListens({ host, port, isPlain });
  if (found) return chat.ok(`${host}:${port} is ${found.version ?? "an Aster server"}`);
  return chat.problem(
    `nobody answers as a chat server at ${host}:${port}`,
    "Start it, or name the right one with --server. The bot itself would wait for it.",
  );
}

/** Looks whether an audio node lets the bot in. */
async function checkNode({ url, password }: DjNode): Promise<Finding> {
  const node = about("audio node");
  try {
    const address = new URL("stats", url.endsWith("/") ? url : `${url}/`);
    const headers: Record<string, string> = password === null ? {} : { authorization: password };
    const { status, body } = await fetch(address, { headers, signal: AbortSignal.timeout(patienceMs) });
    await body?.cancel();
    if (status === 200) return node.ok(`${url} answers`);
    if (status === 401) return node.problem(`${url} does not take the password`, "Set --node-password-file.");
    return node.problem(`${url} answers with ${status}`, "See whether this is the address of an audio node.");
  } catch (error) {
    const advice = "Start it, or name the right one with --node. The bot itself would wait for it.";
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return node.problem(`${url} cannot be reached: ${reasonOf(cause)}`, advice);
  }
}

async function examine(command: Command): Promise<Finding[]> {
  try {
    const { server, folder, nodes, discovery } = djOptions(gather(command, djSettings));
    const [heard, ...others] = await Promise.all([
      discovery ? hearNodes(discovery) : [],
      checkFolder(folder),
      checkChat(server.host, server.port, server.tls === false),
      ...nodes.map(checkNode),
    ]);
    return [...others, ...heard];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [about("configuration").problem(error.message, "Mend the file or the flag.")];
  }
}

/** `asterite doctor dj`: says whether the music bot could run, and what to do if not. */
export function djDoctorCommand(): Command {
  const command = new Command("dj")
    .description("Check the music bot: passwords, folder, chat server, audio nodes and NATS.")
    .helpOption("-h, --help", "print this help")
    .option("--json", "print one JSON object for machines");
  return declare(command, djSettings).action(async (_options: unknown, self: Command) => {
    const findings = [...(await examine(self)), ...checkMachine()];
    report(findings, self.optsWithGlobals()["json"] === true);
  });
}
