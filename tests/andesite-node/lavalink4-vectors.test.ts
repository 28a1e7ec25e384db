// Replays what a Lavalink 4.2.2 server answered (lavalink4-vectors/, and section 14 of the Lavalink protocol).

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createNode } from "@asterite/andesite-node";
import { isRecord } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { TestSocket } from "../support/andesite-node.ts";
import { temporaryFolder } from "../support/asterite.ts";
import { toneFile } from "../support/tone-file.ts";
import { differences, needsService, reasons } from "./lavalink4-vectors/differences.ts";

const password = "youshallnotpass";
const folder = new URL("lavalink4-vectors/", import.meta.url);

interface Vector {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    /** Default: the password. Null for none. */
    readonly authorization?: string | null;
    /** Default: JSON. Null for none. */
    readonly contentType?: string | null;
  };
  readonly response: { readonly status: number; readonly body: unknown };
}

/** Answer of the node, without what differs from one machine to the next. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function readVectors(name: string): Promise<Vector[]> {
  const text = await readFile(new URL(`${name}.jsonl`, folder), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line): Vector => JSON.parse(line));
}

/** Starts a node with the media of the recording, and opens a session. Returns what fills the vectors' placeholders. */
async function startRecordedNode() {
  const media = await temporaryFolder();
  for (const seconds of [3, 20])
    await writeFile(join(media, `tone${seconds}.wav`), toneFile("Unknown title", seconds));
  await writeFile(join(media, "list.m3u"), "tone3.wav\n");
  await writeFile(join(media, "bad.txt"), "This is not audio.");
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    password,
    voice: { connectTimeoutMs: 200 },
    loading: { musicFolders: [media], sources: { local: true, youtube: false } },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const url = `http://127.0.0.1:${node.port}`;
  const headers = {
    Authorization: password,
    "User-Id": "170939974227541168",
    "Client-Name": "vectors/1.0.0",
  };
  const socket = await TestSocket.open(url, { path: "/v4/websocket", headers });
  const [ready] = await socket.messages(1);
  const placeholders = new Map([
    ["{sessionId}", String(ready?.["sessionId"])],
    ["{mediaPath}", encodeURIComponent(media)],
    ["{media}", media],
  ]);
  for (const name of ["tone3.wav", "tone20.wav"]) {
    const path = `/v4/loadtracks?identifier=${encodeURIComponent(join(media, name))}`;
    const response = await fetch(`${url}${path}`, { headers });
    const { data }: { data: { encoded: string } } = JSON.parse(await response.text());
    placeholders.set(`{track:${name}}`, data.encoded);
  }
  return { url, placeholders };
}

async function send(url: string, { request }: Vector): Promise<Answer> {
  const { method, path, body, authorization = password, contentType = "application/json" } = request;
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const headers = new Headers();
  if (authorization !== null) headers.set("Authorization", authorization);
  // Bytes have no content type of their own.
  if (text !== undefined && contentType !== null) headers.set("Content-Type", contentType);
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(text !== undefined && { body: Buffer.from(text) }),
  });
  const isLavalink = path.startsWith("/v4/") || path === "/version";
  if (isLavalink) expect(response.headers.get("lavalink-api-version")).toBe("4");
  return { status: response.status, body: parse(await response.text()) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const ofMachine = new Set([
  ...["timestamp", "time", "trace", "uptime", "memory", "cpu"],
  ...["buildTime", "git", "jvm", "lavaplayer", "sourceManagers"],
]);

/** Removes the values of the machine and the version. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([name]) => !ofMachine.has(name));
  return Object.fromEntries(entries.map(([name, each]) => [name, comparable(each)]));
}

const guide = new URL("../../docs/protocol/lavalink-4.md", import.meta.url);
const files = ["auth", "routing", "session", "decode", "loadtracks", "players"] as const;

it.each(files)(
  "answers the recorded requests of %s like Lavalink, except for the listed ones",
  async (file) => {
    const { url, placeholders } = await startRecordedNode();
    const found: Record<string, unknown> = {};
    const vectors = await readVectors(file);
    const replayed = vectors.filter(({ request }) => !needsService(request));
    for (const recorded of replayed) {
      const vector = fill(recorded, placeholders);
      const answer = await send(url, vector);
      if (!isEqual(answer, vector.response)) found[recorded.name] = answer;
      // The recorded playlist played its first track, on which the requests after it depend.
      if (recorded.name === "identifier of a playlist") {
        const body = { track: { encoded: placeholders.get("{track:tone3.wav}") } };
        await send(url, { ...vector, request: { ...vector.request, body } });
      }
    }
    const listed = differences[file] ?? {};
    const names = Object.keys(found).sort();
    expect(names, JSON.stringify(found, undefined, 1)).toEqual(Object.keys(listed).sort());
    const different = Object.keys(listed).length;
    const counts = [vectors.length, replayed.length - different, different, vectors.length - replayed.length];
    expect(await readFile(guide, "utf8")).toContain(`| ${file} | ${counts.join(" | ")} |\n`);
  },
);

it("explains each difference in the documentation", async () => {
  const text = await readFile(guide, "utf8");
  for (const reason of Object.values(reasons)) expect(text).toContain(`- ${reason}\n`);
});

const fill = (vector: Vector, placeholders: ReadonlyMap<string, string>): Vector => {
  let text = JSON.stringify(vector);
  for (const [name, value] of placeholders) text = text.replaceAll(name, value);
  return JSON.parse(text);
};

/** Compares answers. Where Lavalink only says `Bad Request`, the node's message names the field. */
function isEqual(answer: Answer, { status, body }: Answer): boolean {
  if (answer.status !== status) return false;
  const isUnnamed = status === 400 && isRecord(body) && body["message"] === "Bad Request";
  const given = isUnnamed && isRecord(answer.body) ? { ...answer.body, message: "Bad Request" } : answer.body;
  return isDeepStrictEqual(comparable(given), comparable(body));
}
