import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LaunchedProcess, launch, parseJsonLine, readyLine } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { asteriteExecutable, temporaryFolder } from "./asterite.ts";
import { toneFile } from "./tone-file.ts";

/** Password of the nodes. */
export const nodePassword = "open sesame";

/** Process of `asterite node` that announces itself. */
export interface DiscoveredNode {
  readonly process: LaunchedProcess;
  readonly url: string;
  /** Returns the position of a player in ms; null if the player does not exist or has no track. */
  fetchPosition(userId: string, guildId: string): Promise<number | null>;
}

/**
 * Creates a music folder with two tracks, deleted after the test. All nodes share it, as failover requires.
 */
export async function createMusicFolder(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ["morning", "noon"]) await writeFile(join(folder, `${name}.wav`), toneFile(name, 180));
  return folder;
}

/** Starts `asterite node` with a music folder; it ends with the test. */
export async function startAnnouncedNode(
  nats: string,
  folder: string,
  args: readonly string[] = [],
): Promise<DiscoveredNode> {
  const child = await launch({
    command: process.execPath,
    args: [
      asteriteExecutable,
      "node",
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--music",
      folder,
      "--nats",
      nats,
      "--set",
      "andesite.audio.threads=1",
      ...args,
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
    fetchPosition: async (userId, guildId) => {
      const headers = { "User-Id": userId, Authorization: nodePassword };
      const response = await fetch(new URL(`player/${guildId}`, url), { headers }).catch(() => null);
      if (response?.status !== 200) return null;
      return ((await response.json()) as { position: number | null }).position;
    },
  };
}

/** Starts `asterite dj` with discovery; it ends with the test. */
export async function startDiscoveringDj(
  port: number,
  nats: string,
  args: readonly string[] = [],
): Promise<{ readonly process: LaunchedProcess; readonly userId: string }> {
  const child = await launch({
    command: process.execPath,
    args: [
      asteriteExecutable,
      "dj",
      "--server",
      `127.0.0.1:${port}`,
      "--nats",
      nats,
      "--data",
      await temporaryFolder(),
      ...args,
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
