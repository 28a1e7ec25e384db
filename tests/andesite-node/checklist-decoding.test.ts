// Line 7 of section 17 of the protocol, with the vectors of the package for encoded tracks.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeFakeTrack } from "../../packages/andesite-node/src/api/api.test-support.ts";
import { everyNode, sendRequest } from "../support/andesite-node.ts";

const unknown = encodeFakeTrack("a video", "nowhere");
const undecodable = "Unable to decode track. Is the source manager enabled?";
const problem = (status: number, message: string) => ({ status, body: { code: status, message } });

interface Vector {
  readonly id: string;
  readonly encoded: string;
  readonly expected: {
    readonly version: number;
    readonly title: string;
    readonly author: string;
    readonly length: string;
    readonly identifier: string;
    readonly isStream: boolean;
    readonly uri: string | null;
    readonly source: string;
    readonly probe: { readonly name: string } | null;
    readonly position: string;
  };
  /** Canonical encoding of the same track. */
  readonly canonical?: string;
  /** Reason why it cannot be decoded. */
  readonly error?: string;
}

const vectors = (name: string): Vector[] => {
  const file = new URL(`../../packages/lavaplayer-track/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
};

describe.each(everyNode)("7. decoding: $name", ({ start }) => {
  it("returns tracks in order, with an error for one whose source is disabled", async () => {
    const { url, track } = await start();
    const known = track("a song");
    const answer = await sendRequest(`${url}/decodetracks`, {
      method: "POST",
      body: [known, unknown, known],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: [{ info: { title: "a song" } }, { error: undecodable }, { info: { title: "a song" } }],
    });
    expect(await sendRequest(`${url}/decodetracks`, { method: "POST", body: [] })).toMatchObject({
      status: 200,
      body: [],
    });
    expect(await sendRequest(`${url}/decodetracks`, { method: "POST", body: {} })).toMatchObject(
      problem(400, "The body is not a JSON array"),
    );
    expect(await sendRequest(`${url}/decodetracks`, { method: "POST", body: [known, "!"] })).toMatchObject(
      problem(400, "Track 1 is not an encoded track: data: is not base64"),
    );
    expect(await sendRequest(`${url}/decodetracks`, { method: "POST", body: [known, 5] })).toMatchObject(
      problem(400, "Track 1 is not a text"),
    );
  });

  it("reports why a single track cannot be decoded", async () => {
    const { url, track } = await start();
    const post = (body: unknown) => sendRequest(`${url}/decodetrack`, { method: "POST", body });
    expect(await post({ track: unknown })).toMatchObject(problem(400, undecodable));
    expect(await post({})).toMatchObject(problem(400, "Missing track json field"));
    expect(await post({ track: null })).toMatchObject(problem(400, "Missing track json field"));
    expect(await sendRequest(`${url}/decodetrack`)).toMatchObject(problem(400, "Missing track query param"));
    expect(await post({ track: track("a song").slice(0, 20) })).toMatchObject({ status: 500 });
  });

  it("reads an unencoded plus in the query as a space", async () => {
    const { url } = await start();
    // A track whose base64 has a plus.
    const track = encodeFakeTrack("~~~>>>");
    expect(track).toContain("+");
    expect(await sendRequest(`${url}/decodetrack?track=${track}`)).toMatchObject({ status: 500 });
    expect(await sendRequest(`${url}/decodetrack?track=${encodeURIComponent(track)}`)).toMatchObject({
      status: 200,
      body: { track, info: { title: "~~~>>>" } },
    });
  });

  it.each([...vectors("valid"), ...vectors("lenient")])("decodes the valid vector $id", async (vector) => {
    const { encoded, canonical = encoded, expected } = vector;
    const { url, sources } = await start({ http: { maxBodyBytes: 131_072 } });
    const answer = await sendRequest(`${url}/decodetrack`, { method: "POST", body: { track: encoded } });
    const all = await sendRequest(`${url}/decodetracks`, { method: "POST", body: [encoded, unknown] });
    if (!sources.includes(expected.source)) {
      expect(answer).toMatchObject(problem(400, undecodable));
      expect(all).toMatchObject({ status: 200, body: [{ error: undecodable }, { error: undecodable }] });
      return;
    }
    const { title, author, length, identifier, isStream, uri, position, version } = expected;
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      // Version 1 is not encoded any more.
      track: version === 1 ? expect.stringMatching(/^QAAA[A-Za-z\d+/]+=*$/) : canonical,
      info: {
        class: expect.any(String),
        title,
        author,
        identifier,
        uri,
        isStream,
        isSeekable: !isStream,
        length: Number(length),
        position: Number(position),
      },
    });
    expect(all).toMatchObject({ status: 200, body: [answer.body, { error: undecodable }] });
    // The returned encoding decodes to the same track.
    const { track } = answer.body as { track: string };
    expect(await sendRequest(`${url}/decodetrack`, { method: "POST", body: { track } })).toMatchObject({
      status: 200,
      body: answer.body as object,
    });
  });

  it.each(vectors("invalid"))("rejects the invalid vector $id: $error", async ({ encoded, error }) => {
    const { url } = await start();
    const answer = await sendRequest(`${url}/decodetrack`, { method: "POST", body: { track: encoded } });
    const all = await sendRequest(`${url}/decodetracks`, { method: "POST", body: [unknown, encoded] });
    if (error === "EMPTY") {
      expect(answer).toMatchObject(problem(400, undecodable));
      expect(all).toMatchObject({ status: 200, body: [{ error: undecodable }, { error: undecodable }] });
      return;
    }
    expect(answer).toMatchObject({ status: 500, body: { class: "TrackFormatError" } });
    const message = expect.stringMatching(/^Track 1 is not an encoded track: /);
    expect(all).toEqual(expect.objectContaining({ status: 400, body: { code: 400, message } }));
  });
});
