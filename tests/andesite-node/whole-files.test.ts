// Files that are odd, heard whole through a node: loaded over HTTP, played over a WebSocket, counted in frames.

import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AndesiteNode, createNode } from "@asterite/andesite-node";
import { mediaFolder, oddMediaFolder } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  framesOf,
  unmeasuredFlac,
  unmeasuredWebm,
  withDataLength,
} from "../../packages/audio/src/media/unmeasured.test-support.ts";
import { hasReferee, referee } from "../corpus/referee.ts";

const kit = (name: string): Buffer => readFileSync(join(mediaFolder, name));
const odd = (name: string): Buffer => readFileSync(join(oddMediaFolder, name));

const twice = (bytes: Buffer): Buffer => Buffer.concat([bytes, bytes]);

/** Files whose sound is easily cut, by name. */
const made: Readonly<Record<string, () => Buffer>> = {
  "no header.mp3": () => framesOf("tones-vbr.mp3"),
  "joined.mp3": () => twice(kit("tones-vbr.mp3")),
  "another rate.mp3": () => Buffer.concat([framesOf("tones.mp3"), odd("tones-48000.mp3")]),
  "other channels.mp3": () => Buffer.concat([framesOf("tones.mp3"), odd("ad-22050-mono.mp3")]),
  "twice.aac": () => twice(kit("tones.aac")),
  "piped.flac": () => unmeasuredFlac(),
  "recorded.webm": () => unmeasuredWebm("tones-opus.webm"),
  "recorded.wav": () => withDataLength(kit("tones.wav"), 0x7fff_ffff),
  "cut.m4a": () => kit("tones.m4a").subarray(0, -6_000),
  "junk behind.webm": () => Buffer.concat([kit("tones-vorbis.webm"), Buffer.alloc(500, "junk ")]),
  "frame.mp3": () => framesOf("tones.mp3").subarray(0, 417),
};

interface LoadedTrack {
  readonly track: string;
  readonly info: {
    readonly title: string;
    readonly length: number;
    readonly isStream: boolean;
    readonly isSeekable: boolean;
  };
}

let folder = "";
let node: AndesiteNode;
let socket: WebSocket;
/** Waits for the end of the track of a guild, by guild. */
const ends = new Map<string, (event: { readonly reason: string; readonly exception?: unknown }) => void>();
const exceptions: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-whole-"));
  for (const [name, make] of Object.entries(made)) await writeFile(join(folder, name), make());
  for (const name of readdirSync(oddMediaFolder)) await writeFile(join(folder, name), odd(name));
  node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { sources: { local: true }, musicFolders: [folder] },
  });
  socket = new WebSocket(`ws://127.0.0.1:${node.port}/websocket`, { headers: { "User-Id": "1" } });
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    if (message.type === "TrackExceptionEvent") exceptions.push(message);
    if (message.type === "TrackEndEvent") ends.get(message.guildId)?.(message);
  });
  await once(socket, "open");
}, 60_000);
afterAll(async () => {
  socket.terminate();
  await node.close({ graceMs: 0 });
  await rm(folder, { recursive: true });
});

const request = async <T>(path: string): Promise<T> => {
  const response = await fetch(`http://127.0.0.1:${node.port}/${path}`, { headers: { "User-Id": "1" } });
  return (await response.json()) as T;
};

/** Loads a file of the folder. */
async function load(identifier: string): Promise<LoadedTrack> {
  const path = `loadtracks?identifier=${encodeURIComponent(identifier)}`;
  const { tracks = [] } = await request<{ readonly tracks?: readonly LoadedTrack[] }>(path);
  const [track] = tracks;
  if (!track) throw new Error(`${identifier} is refused`);
  return track;
}

/** Plays a track to its end, and returns how much of it was played in ms. */
async function play(guildId: string, { track }: LoadedTrack): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<{ readonly reason: string }>();
  ends.set(guildId, resolve);
  socket.send(JSON.stringify({ op: "play", guildId, track, radio: true }));
  expect((await promise).reason, track).toBe("FINISHED");
  const { frame } = await request<{ readonly frame: { readonly success: number } }>(`player/${guildId}`);
  return 20 * frame.success;
}

/** Encoder delays and padding, which ffmpeg plays in some containers, and the last frame, which is filled up. */
const toleranceMs = 120;

const names = [...Object.keys(made), ...readdirSync(oddMediaFolder)];
const groups = Array.from({ length: Math.ceil(names.length / 12) }, (_, index) =>
  names.slice(12 * index, 12 * index + 12),
);

describe.runIf(hasReferee)("a node", () => {
  it.each(groups.map((group, index) => [index, group] as const))(
    "plays odd files whole, with their length: group %i",
    async (index, group) => {
      await Promise.all(
        group.map(async (name, place) => {
          const expected = await referee(join(folder, name));
          const loaded = await load(`raw:${join(folder, name)}`);
          const playedMs = await play(`${100 * (index + 1) + place}`, loaded);
          const { length, isStream, isSeekable } = loaded.info;
          expect({ isStream, isSeekable }, name).toEqual({ isStream: false, isSeekable: true });
          // ffmpeg refuses a file of one frame.
          const expectedMs = 1_000 * (expected?.seconds ?? 1_152 / 44_100);
          expect(Math.abs(playedMs - expectedMs), `played of ${name}`).toBeLessThan(toleranceMs);
          // The cut file has the length of its header, and a second or less is missing.
          if (name !== "cut.m4a")
            expect(Math.abs(length - expectedMs), `length of ${name}`).toBeLessThan(toleranceMs);
        }),
      );
      expect(exceptions).toEqual([]);
    },
    60_000,
  );
});

it("has the titles of tags in any encoding, and of the file without tags", async () => {
  const titles = ["id3-cp1251.mp3", "id3-utf8-as-latin1.mp3", "id3v24-nonsyncsafe.mp3", "no header.mp3"].map(
    async (name) => (await load(`raw:${join(folder, name)}`)).info.title,
  );
  for (const title of await Promise.all(titles)) expect(title).not.toMatch(/[ÐÑÃÏ]|^$/);
  expect(await titles.at(-1)).toBe("no header");
});

it("refuses programs that look like mp3", async () => {
  await writeFile(
    join(folder, "program.mp3"),
    Buffer.concat([Buffer.from("\x7fELF"), framesOf("tones.mp3")]),
  );
  await expect(load(`raw:${join(folder, "program.mp3")}`)).rejects.toThrow("is refused");
});
