// Stations as they are, each by a real server, decoded.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LiveBytes, MediaStream } from "@asterite/audio/media";
import { openMedia } from "@asterite/audio/media";
import { adMp3, loasFrames, magnitudeAt, mediaFolder, mp3At48000, splitAdts } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { interleaveTitles, openUrl, serve, serveRaw } from "./bytes.test-support.ts";

const mediaFile = (name: string): Buffer => readFileSync(join(mediaFolder, name));
const ad = readFileSync(adMp3);
const at48000 = readFileSync(mp3At48000);
/** Three seconds of frames from the middle of a file. */
const music = mediaFile("tones.mp3").subarray(2_000);
const icy = { "content-type": "audio/mpeg", "icy-name": "Test FM" };
const limits = { backOffMs: 1, tries: 4 };

async function openStation(url: string): Promise<LiveBytes> {
  const bytes = await openUrl(url, { limits });
  if (bytes.type !== "live") throw new Error(`${url} is ${bytes.type}`);
  return bytes;
}

interface Part {
  readonly sampleRate: number;
  readonly channels: number;
  readonly seconds: number;
  /** Amplitude of 440, 660 and 880 Hz on the left and right. */
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Decodes a stream until it has lasted some seconds or ends: a part for each rate and number of channels. */
async function decode(stream: MediaStream, seconds: number): Promise<readonly Part[]> {
  const parts: { sampleRate: number; pieces: (readonly Float32Array[])[] }[] = [];
  for (let total = 0; total < seconds; ) {
    const chunk = await stream.read();
    if (!chunk) break;
    if (chunk.type !== "pcm") throw new Error("unexpected packets");
    const last = parts.at(-1);
    const isSame = last?.sampleRate === chunk.sampleRate && last.pieces[0]?.length === chunk.channels.length;
    if (last && isSame) last.pieces.push(chunk.channels);
    else parts.push({ sampleRate: chunk.sampleRate, pieces: [chunk.channels] });
    total += (chunk.channels[0]?.length ?? 0) / chunk.sampleRate;
  }
  stream.close();
  return parts.map(({ sampleRate, pieces }) => {
    const join = (channel: number) =>
      Float32Array.from(pieces.flatMap((piece) => [...(piece[channel] ?? [])]));
    const left = join(0);
    const channels = pieces[0]?.length ?? 0;
    return { sampleRate, channels, seconds: left.length / sampleRate, left, right: join(channels - 1) };
  });
}

/** Amplitude of a tone in the middle of a part; the tools count at 48 kHz. */
const tone = (samples: Float32Array, sampleRate: number, hertz: number): number => {
  const edge = Math.round(samples.length / 5);
  return magnitudeAt(samples.subarray(edge, -edge), (hertz * 48_000) / sampleRate);
};

describe("a station", () => {
  it("begins with an ad of another rate, with tags and an information frame of its own", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, icy);
      response.write(Buffer.concat([ad, music, music]));
    });
    const stream = await openMedia(await openStation(server.url));
    expect(stream.facts).toMatchObject({ sampleRate: 22_050, channels: 1, seekable: false });
    const [first, second] = await decode(stream, 5);
    expect(first).toMatchObject({ sampleRate: 22_050, channels: 1 });
    expect(first?.seconds).toBeGreaterThan(0.9);
    expect(second).toMatchObject({ sampleRate: 44_100, channels: 2 });
    if (!first || !second) throw new Error("a part is missing");
    expect(tone(first.left, 22_050, 660)).toBeGreaterThan(0.05);
    expect(tone(second.left, 44_100, 440)).toBeGreaterThan(0.1);
    expect(tone(second.right, 44_100, 880)).toBeGreaterThan(0.1);
  });

  it.each([
    ["mp3", "audio/mpeg", [music, ad, at48000, music], [44_100, 22_050, 48_000, 44_100]],
    ["Ogg", "application/ogg", [mediaFile("tones.ogg"), mediaFile("tones.ogg")], [44_100]],
  ])("of %s changes rate and channels", async (_format, type, pieces, rates) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...icy, "content-type": type });
      response.write(Buffer.concat([...pieces, ...pieces.slice(0, 1)]));
    });
    const seconds = pieces.reduce((sum, piece) => sum + (piece === ad || piece === at48000 ? 1 : 2.8), 0);
    const parts = await decode(await openMedia(await openStation(server.url)), seconds);
    expect(parts.map(({ sampleRate }) => sampleRate)).toEqual(rates);
  });

  it("plays AAC in LATM, tuned in within a frame", async () => {
    const frames = Buffer.concat(loasFrames(splitAdts(mediaFile("tones.aac"))));
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...icy, "content-type": "audio/aacp" });
      response.write(Buffer.concat([frames.subarray(100), frames]));
    });
    const stream = await openMedia(await openStation(server.url));
    expect(stream.facts).toMatchObject({ container: "latm", codec: "aac", sampleRate: 44_100, channels: 2 });
    const [part] = await decode(stream, 5);
    if (!part) throw new Error("nothing was decoded");
    expect(part.seconds).toBeGreaterThan(5);
    expect(tone(part.left, 44_100, 440)).toBeGreaterThan(0.1);
    expect(tone(part.right, 44_100, 880)).toBeGreaterThan(0.1);
  });

  it("announces titles, also of ads, in its own encoding", async () => {
    // "Кино - Группа крови" in cp1251, which has one byte per character.
    const title = Buffer.from([
      ...[0xca, 0xe8, 0xed, 0xee, 0x20, 0x2d, 0x20, 0xc3, 0xf0, 0xf3, 0xef, 0xef, 0xe0],
      ...[0x20, 0xea, 0xf0, 0xee, 0xe2, 0xe8],
    ]);
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...icy, "icy-name": title.toString("latin1"), "icy-metaint": "8000" });
      const text = Buffer.concat([Buffer.from("StreamTitle='"), title, Buffer.from("';adw_ad='true';")]);
      const units = Math.ceil(text.length / 16);
      const padded = Buffer.concat([text, Buffer.alloc(units * 16 - text.length)]);
      const sent = [music.subarray(0, 8_000), Buffer.from([units]), padded, music.subarray(8_000, 15_000)];
      response.write(Buffer.concat(sent));
    });
    const bytes = await openStation(server.url);
    expect(bytes.station).toBe("Кино - Группа крови");
    await decode(await openMedia(bytes), 1.5);
    expect(bytes.title).toBe("Кино - Группа крови");
  });

  it("redirects until its cookie comes back, also when it is connected again", async () => {
    await using server = await serve((request, response) => {
      if (request.headers.cookie !== "session=1") {
        response.writeHead(302, { location: "/live", "set-cookie": "session=1; Path=/" }).end();
        return;
      }
      response.writeHead(200, icy);
      response.write(music, () => response.destroy());
    });
    const [part] = await decode(await openMedia(await openStation(server.url)), 7);
    expect(part?.seconds).toBeGreaterThan(6.9);
    const cookies = server.requests.map(({ headers }) => headers.cookie);
    expect(cookies.slice(0, 4)).toEqual([undefined, "session=1", "session=1", "session=1"]);
  });

  it("is requested at its first address when the server that it redirected to is gone", async () => {
    const servers = await Promise.all(
      [0, 1].map(() =>
        serve((_request, response) => {
          response.writeHead(200, icy);
          response.write(music);
        }),
      ),
    );
    let connections = 0;
    await using balancer = await serve((_request, response) => {
      response.writeHead(302, { location: servers[connections++]?.url }).end();
    });
    const bytes = await openStation(balancer.url);
    await servers[0]?.[Symbol.asyncDispose]();
    const [part] = await decode(await openMedia(bytes), 5);
    expect(part?.seconds).toBeGreaterThan(4.9);
    expect(connections).toBe(2);
    await servers[1]?.[Symbol.asyncDispose]();
  });

  it("is connected again when it drops connections and sends pages and errors in between", async () => {
    await using server = await serve((_request, response) => {
      const count = server.requests.length;
      if (count === 2)
        response.writeHead(200, { "content-type": "text/html" }).end("<p>Back soon</p>".repeat(100_000));
      else if (count === 3) response.writeHead(503).end();
      else response.writeHead(200, { ...icy, "icy-br": "0" }).write(music, () => response.destroy());
    });
    const [part] = await decode(await openMedia(await openStation(server.url)), 5);
    expect(part?.seconds).toBeGreaterThan(4.9);
    expect(server.requests.length).toBe(4);
  });

  it.each([
    ["HTTP/1.0 without headers", "HTTP/1.0 200 OK\r\n\r\n"],
    ["ICY without headers", "ICY 200 OK\r\n\r\n"],
    ["an icy-br of 0", "ICY 200 OK\r\nicy-br:0\r\n\r\n"],
  ])("answers %s, and closes the connection at any time", async (_what, head) => {
    let connections = 0;
    await using server = await serveRaw((socket) => {
      connections += 1;
      // A station sends what it plays now, and no file from its beginning.
      const sent = music.subarray(1_000 * connections);
      if (connections % 2 === 0)
        socket.write(Buffer.concat([Buffer.from(head), sent]), () => socket.resetAndDestroy());
      else socket.end(Buffer.concat([Buffer.from(head), sent]));
    });
    const bytes = await openStation(server.url);
    expect(bytes.endless).toBe(true);
    const [part] = await decode(await openMedia(bytes), 6);
    expect(part?.seconds).toBeGreaterThan(5.9);
  });

  it("sends its stream in chunks", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...icy, "icy-metaint": "1000", "transfer-encoding": "chunked" });
      const stream = interleaveTitles(music, 1_000, ["In chunks"]);
      for (let at = 0; at < stream.length; at += 777) response.write(stream.subarray(at, at + 777));
    });
    const bytes = await openStation(server.url);
    const [part] = await decode(await openMedia(bytes), 2.5);
    expect(part?.seconds).toBeGreaterThan(2.4);
    expect(bytes.title).toBe("In chunks");
  });
});

it("ends with a file whose length only the end of the connection shows", async () => {
  let connections = 0;
  await using server = await serveRaw((socket) => {
    connections += 1;
    socket.end(Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\n\r\n"), mediaFile("tones.mp3")]));
  });
  const [part] = await decode(await openMedia(await openStation(server.url)), 100);
  expect(part?.seconds).toBeCloseTo(3, 0);
  expect(connections).toBeLessThanOrEqual(3);
});
