import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./asterite.ts";
import { type AudioNode, playerOf } from "./audio-node.ts";

const rate = 8_000;
const lengthSeconds = 180;

/** A WAV file of a quiet tone with a title in its tags. */
export function toneFile(title: string): Buffer {
  const chunk = (id: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(id, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate, 8);
  format.writeUInt16LE(1, 12);
  format.writeUInt16LE(8, 14);
  const samples = Buffer.from(
    Uint8Array.from({ length: rate * lengthSeconds }, (_, index) =>
      Math.round(128 + 20 * Math.sin((2 * Math.PI * 440 * index) / rate)),
    ),
  );
  const tags = Buffer.concat([Buffer.from("INFO"), chunk("INAM", Buffer.from(`${title}\0`))]);
  const parts = [Buffer.from("WAVE"), chunk("fmt ", format), chunk("LIST", tags), chunk("data", samples)];
  return chunk("RIFF", Buffer.concat(parts));
}

const names = ["morning", "noon", "evening"] as const;

/** A whole node with a folder of three tracks. */
export async function startRealNode(): Promise<AudioNode> {
  const folder = await temporaryFolder();
  for (const name of names) await writeFile(join(folder, `${name}.wav`), toneFile(name));
  const start = (port: number) =>
    createNode({
      http: { host: "127.0.0.1", port },
      loading: { musicFolders: [folder], sources: { local: true } },
    });
  let node = await start(0);
  const { port } = node;
  const url = `http://127.0.0.1:${port}/`;
  onTestFinished(() => node.close({ graceMs: 0 }));
  return {
    url,
    tracks: names,
    player: (userId, guildId) => playerOf(url, userId, guildId),
    finish: async (userId, guildId) => {
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
