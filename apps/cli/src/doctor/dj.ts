import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { readMetadataHeaders } from "@asterite/andesite-protocol";
import type { DjNode } from "@asterite/dj/configuration";
import { Command } from "commander";
import { ConfigError } from "../config-file.ts";
import { djOptions, djSettings } from "../dj-settings.ts";
import { registerOptions, resolveOptions } from "../settings.ts";
import { discoverNodes } from "./discovered-nodes.ts";
import { type Finding, findingsFor, printReport, reasonOf } from "./finding.ts";
import { checkMachine } from "./machine.ts";
import { identifyServer } from "./ports.ts";

const timeoutMs = 3_000;

/** Checks whether queues can be saved. */
async function checkFolder(folder: string): Promise<Finding> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK);
      return findingsFor("folder").ok(
        path === folder ? `${folder} is writable` : `${folder} will be created`,
      );
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (isMissing && dirname(path) !== path) continue;
      const advice = "Make it writable for the bot's user, or choose another folder with --data.";
      return findingsFor("folder").problem(`${folder} is not writable: ${reasonOf(error)}`, advice);
    }
  }
}

/** Checks whether a chat server responds at the configured address. */
async function checkChat(host: string, port: number, isPlain: boolean): Promise<Finding> {
  const chat = findingsFor("chat server");
  const found = await identifyServer({ host, port, isPlain });
  if (found) return chat.ok(`${host}:${port} is ${found.version ?? "an Aster server"}`);
  return chat.problem(
    `no chat server at ${host}:${port}`,
    "Start it, or set the right address with --server. The bot waits for it.",
  );
}

/** Checks whether a node plays what users request, by the sources that its response names. */
function checkSources(url: string, headers: Headers): Finding[] {
  const { enabledSources } = readMetadataHeaders((name) => headers.get(name));
  // Nodes other than Asterite's may not name their sources.
  if (!Array.isArray(enabledSources)) return [];
  const music = findingsFor("music");
  const findings: Finding[] = [];
  if (!enabledSources.includes("search")) {
    const advice = "Start the node with --music DIR.";
    findings.push(music.problem(`${url} has no music folder, so searches find nothing`, advice));
  }
  if (!enabledSources.includes("http")) {
    const advice = "Start the node with --set andesite.source.http=true; it opens public addresses only.";
    findings.push(music.warning(`${url} does not play web addresses, such as radio stations`, advice));
  }
  return findings.length > 0 ? findings : [music.ok(`${url} plays ${enabledSources.join(", ")}`)];
}

/** Checks whether an audio node accepts the bot's password, and plays what users request. */
async function checkNode({ url, password }: DjNode): Promise<Finding[]> {
  const node = findingsFor("audio node");
  try {
    const address = new URL("stats", url.endsWith("/") ? url : `${url}/`);
    const headers: Record<string, string> = password === null ? {} : { authorization: password };
    const response = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    const { status, headers: found } = response;
    if (status === 200) return [node.ok(`${url} is reachable`), ...checkSources(url, found)];
    if (status === 401)
      return [node.problem(`${url} rejects the password`, "Set the right one with --node-password-file.")];
    return [
      node.problem(`${url} responds with ${status}`, "Check that this is the address of an audio node."),
    ];
  } catch (error) {
    const advice = "Start it, or set the right address with --node. The bot waits for it.";
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return [node.problem(`${url} is unreachable: ${reasonOf(cause)}`, advice)];
  }
}

async function examine(command: Command): Promise<Finding[]> {
  try {
    const { server, folder, nodes, discovery } = djOptions(resolveOptions(command, djSettings));
    const [discovered, saved, chat, ...checkedNodes] = await Promise.all([
      discovery ? discoverNodes(discovery) : [],
      checkFolder(folder),
      checkChat(server.host, server.port, server.tls === false),
      ...nodes.map(checkNode),
    ]);
    return [saved, chat, ...checkedNodes.flat(), ...discovered];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [findingsFor("configuration").problem(error.message, "Fix the file or flag.")];
  }
}

/** Creates `asterite doctor dj`, which checks the setup of the music bot. */
export function djDoctorCommand(): Command {
  const command = new Command("dj")
    .description("Check the music bot: passwords, folder, chat server, audio nodes and NATS.")
    .helpOption("-h, --help", "print this help")
    .option("--json", "print a JSON object");
  return registerOptions(command, djSettings).action(async (_options: unknown, self: Command) => {
    const findings = [...(await examine(self)), ...checkMachine()];
    printReport(findings, self.optsWithGlobals()["json"] === true);
  });
}
