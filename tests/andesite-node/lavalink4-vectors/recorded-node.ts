// The node that recordings of a Lavalink 4.2.2 server are replayed against, and what tests of all recordings share.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AndesiteNodeOptions, createNode } from "@asterite/andesite-node";
import { expect, onTestFinished } from "vitest";
import { TestSocket } from "../../support/andesite-node.ts";
import { temporaryFolder } from "../../support/asterite.ts";
import { toneFile } from "../../support/tone-file.ts";
import { differences } from "./differences.ts";

/** Password and user of the recording. */
export const recorded = Object.freeze({ password: "youshallnotpass", userId: "170939974227541168" });

/** Documentation of the node's differences. */
export const protocolPage = new URL("../../../docs/protocol/lavalink-4.md", import.meta.url);

/** Reads a recording: one JSON value a line. */
export async function readRecording<Line>(name: string): Promise<Line[]> {
  const text = await readFile(new URL(`${name}.jsonl`, import.meta.url), "utf8");
  const lines = text.trimEnd().split("\n");
  return lines.map((line): Line => JSON.parse(line));
}

/** A node with the media of the recording, and one session. */
export interface RecordedNode {
  readonly url: string;
  readonly socket: TestSocket;
  readonly sessionId: string;
  /** What the placeholders of recordings stand for. */
  readonly placeholders: ReadonlyMap<string, string>;
  /** Returns a session's socket, after its first message. */
  open(userId?: string, sessionId?: string): Promise<TestSocket>;
  /** Sends a request to a session. Returns the status and the JSON of the body. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

/** Starts the node. */
export async function startRecordedNode(options: AndesiteNodeOptions = {}): Promise<RecordedNode> {
  const media = await temporaryFolder();
  for (const seconds of [3, 20])
    await writeFile(join(media, `tone${seconds}.wav`), toneFile("Unknown title", seconds));
  await writeFile(join(media, "list.m3u"), "tone3.wav\n");
  await writeFile(join(media, "bad.txt"), "This is not audio.");
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    password: recorded.password,
    voice: { connectTimeoutMs: 200 },
    ...options,
    loading: { musicFolders: [media], sources: { local: true, youtube: false }, ...options.loading },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const url = `http://127.0.0.1:${node.port}`;
  const Authorization = recorded.password;

  async function open(userId: string = recorded.userId, sessionId?: string): Promise<TestSocket> {
    const headers = {
      Authorization,
      "User-Id": userId,
      "Client-Name": "vectors/1.0.0",
      ...(sessionId !== undefined && { "Session-Id": sessionId }),
    };
    const socket = await TestSocket.open(url, { path: "/v4/websocket", headers });
    await socket.messages(1);
    return socket;
  }

  async function send(method: string, path: string, body?: unknown) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { Authorization, "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text === "" ? undefined : JSON.parse(text);
    return { status: response.status, body: json };
  }

  const socket = await open();
  const sessionId = sessionIdOf(socket);
  const placeholders = new Map([
    ["{sessionId}", sessionId],
    ["{mediaPath}", encodeURIComponent(media)],
    ["{media}", media],
  ]);
  for (const name of ["tone3.wav", "tone20.wav"]) {
    const path = `/v4/loadtracks?identifier=${encodeURIComponent(join(media, name))}`;
    placeholders.set(`{track:${name}}`, String(Object(Object((await send("GET", path)).body).data).encoded));
  }
  return { url, socket, sessionId, placeholders, open, send };
}

/** Returns the id that the first message of a session's socket has. */
export const sessionIdOf = ({ received }: TestSocket): string => String(received[0]?.["sessionId"]);

/** Replaces the placeholders in a recording. */
export function fillPlaceholders<Value>(value: Value, placeholders: ReadonlyMap<string, string>): Value {
  let text = JSON.stringify(value);
  for (const [name, replacement] of placeholders) text = text.replaceAll(name, replacement);
  return JSON.parse(text);
}

/**
 * Requires that what the node does differently is what is listed, and that the documentation has the counts.
 *
 * @param found - What the node did, by the name of each recording that it differs from.
 */
export async function expectListed(
  file: string,
  found: Readonly<Record<string, unknown>>,
  counts: { readonly recorded: number; readonly replayed: number },
): Promise<void> {
  const listed = Object.keys(differences[file] ?? {});
  expect(Object.keys(found).sort(), JSON.stringify(found, undefined, 1)).toEqual(listed.sort());
  const { recorded: all, replayed } = counts;
  const row = [all, replayed - listed.length, listed.length, all - replayed];
  expect(await readFile(protocolPage, "utf8")).toContain(`| ${file} | ${row.join(" | ")} |\n`);
}
