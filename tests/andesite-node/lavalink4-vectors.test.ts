// Replays what a Lavalink 4.2.2 server answered (lavalink4-vectors/, and section 14 of the Lavalink protocol).

import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "@asterite/util";
import { expect, it } from "vitest";
import { needsService, reasons } from "./lavalink4-vectors/differences.ts";
import {
  expectListed,
  fillPlaceholders,
  protocolPage,
  readRecording,
  recorded,
  startRecordedNode,
} from "./lavalink4-vectors/recorded-node.ts";

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

async function send(url: string, { request }: Vector): Promise<Answer> {
  const { method, path, body, authorization = recorded.password, contentType = "application/json" } = request;
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

const files = ["auth", "routing", "session", "decode", "loadtracks", "players"] as const;

it.each(files)(
  "answers the recorded requests of %s like Lavalink, except for the listed ones",
  async (file) => {
    const { url, placeholders } = await startRecordedNode();
    const found: Record<string, unknown> = {};
    const vectors = await readRecording<Vector>(file);
    const replayed = vectors.filter(({ request }) => !needsService(request));
    for (const given of replayed) {
      const vector = fillPlaceholders(given, placeholders);
      const answer = await send(url, vector);
      if (!isEqual(answer, vector.response)) found[vector.name] = answer;
      // The recorded playlist played its first track, on which the requests after it depend.
      if (vector.name === "identifier of a playlist") {
        const body = { track: { encoded: placeholders.get("{track:tone3.wav}") } };
        await send(url, { ...vector, request: { ...vector.request, body } });
      }
    }
    await expectListed(file, found, { recorded: vectors.length, replayed: replayed.length });
  },
);

it("explains each difference in the documentation", async () => {
  const text = await readFile(protocolPage, "utf8");
  for (const reason of Object.values(reasons)) expect(text).toContain(`- ${reason}\n`);
});

/** Compares answers. Where Lavalink only says `Bad Request`, the node's message names the field. */
function isEqual(answer: Answer, { status, body }: Answer): boolean {
  if (answer.status !== status) return false;
  const isUnnamed = status === 400 && isRecord(body) && body["message"] === "Bad Request";
  const given = isUnnamed && isRecord(answer.body) ? { ...answer.body, message: "Bad Request" } : answer.body;
  return isDeepStrictEqual(comparable(given), comparable(body));
}
