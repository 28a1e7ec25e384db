import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LaunchedProcess, launch, parseJsonLine, readyLine } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { asteriteExecutable, temporaryFolder } from "./asterite.ts";
import { toneFile } from "./tone-file.ts";

/** Password of the nodes that these tests start. */
export const nodePassword = "open sesame";

/** A process of `asterite node` that announces itself. */
export interface FoundNode {
  readonly process: LaunchedProcess;
  readonly url: string;
  /** Where the player of a user in a guild is, in ms; null where there is none. */
  position(userId: string, guildId: string): Promise<number | null>;
}

/** A folder with two tracks that is gone after the test. What is played has to be there on every node. */
export async function musicFolder(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ["morning", "noon"]) await writeFile(join(folder, `${name}.wav`), toneFile(name, 180));
  return folder;
}

/** Starts `asterite node` with a folder of music; it ends with the test. */
export async function startFoundNode(
  nats: string,
  folder: string,
  args: readonly string[] = [],
): Promise<FoundNode> {
  const child = await launch({
    command: process.execPath,
    args: [
      ...[asteriteExecutable, "node", "--host", "127.0.0.1", "--port", "0", "--music", folder],
      ...["--nats", nats, "--set", "andesite.audio.threads=1", ...args],
    ],
    env: { ASTERITE_NODE_PASSWORD: nodePassword },
    readyWhen: readyLine,
    timeoutMs: 30_000,
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  const url = `http://127.0.0.1:${ready?.["port"]}/`;
  return {
    process: child,
    url,
    position: async (userId, guildId) => {
      const headers = { "User-Id": userId, Authorization: nodePassword };
      const response = await fetch(new URL(`player/${guildId}`, url), { headers }).catch(() => null);
      if (response?.status !== 200) return null;
      return ((await response.json()) as { position: number | null }).position;
    },
  };
}

/** Starts `asterite dj` that looks for nodes; it ends with the test. */
export async function startFindingDj(
  port: number,
  nats: string,
  args: readonly string[] = [],
): Promise<{ readonly process: LaunchedProcess; readonly userId: string }> {
  const child = await launch({
    command: process.execPath,
    args: [
      ...[asteriteExecutable, "dj", "--server", `127.0.0.1:${port}`, "--nats", nats],
      ...["--data", await temporaryFolder(), ...args],
    ],
    env: { ASTERITE_DJ_PASSWORD: "secret", ASTERITE_DJ_NODE_PASSWORD: nodePassword },
    readyWhen: readyLine,
    timeoutMs: 30_000,
  });
  onTestFinished(async () => {
    await child.stop();
  });
  return { process: child, userId: String(child.jsonLines().find(({ msg }) => msg === "ready")?.["user"]) };
}
