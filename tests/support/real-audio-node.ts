import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./asterite.ts";
import { type AudioNode, fetchPlayerOf } from "./audio-node.ts";
import { toneFile } from "./tone-file.ts";

const lengthSeconds = 180;

const names = ["morning", "noon", "evening"] as const;

/** Starts a complete node with a music folder of three tracks. */
export async function startRealNode(): Promise<AudioNode> {
  const folder = await temporaryFolder();
  for (const name of names) await writeFile(join(folder, `${name}.wav`), toneFile(name, lengthSeconds));
  const start = (port: number) =>
    createNode({
      http: { host: "127.0.0.1", port },
      // Searches find all tracks, however long the first scan takes.
      loading: { musicFolders: [folder], sources: { local: true }, limits: { libraryWaitMs: 120_000 } },
    });
  let node = await start(0);
  const { port } = node;
  const url = `http://127.0.0.1:${port}/`;
  onTestFinished(() => node.close({ graceMs: 0 }));
  return {
    url,
    tracks: names,
    fetchPlayer: (userId, guildId) => fetchPlayerOf(url, userId, guildId),
    finishTrack: async (userId, guildId) => {
      const headers = { "User-Id": userId, "Content-Type": "application/json" };
      const body = JSON.stringify({ position: 1_000 * lengthSeconds });
      await fetch(new URL(`player/${guildId}/seek`, url), { method: "PATCH", headers, body });
    },
    kill: () => node.close({ graceMs: 0 }),
    restart: async () => {
      node = await start(port);
    },
  };
}
