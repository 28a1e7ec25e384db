import type { LiveBytes } from "@asterite/audio/media";
import { describe, expect, it } from "vitest";
import { eventually, interleaveTitles, numbered, openUrl, serve, serveRaw } from "./bytes.test-support.ts";
import type { OpenBytesOptions } from "./open-bytes.ts";

const audio = numbered(100_000);

async function openLive(url: string, options: Partial<OpenBytesOptions> = {}): Promise<LiveBytes> {
  const bytes = await openUrl(url, options);
  if (bytes.type !== "live") throw new Error(`${url} is ${bytes.type}`);
  return bytes;
}

async function readAll(bytes: LiveBytes, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes.stream.values({ preventCancel: true })) {
    parts.push(part);
    length += part.length;
    if (length >= limit) break;
  }
  return Buffer.concat(parts).subarray(0, Math.min(limit, length));
}

describe("internet radio", () => {
  const headers = { "content-type": "audio/mpeg", "icy-name": "Motörhead FM", "icy-metaint": "1000" };

  it("delivers audio without titles, the station name and the current title", async () => {
    await using server = await serve((request, response) => {
      expect(request.headers["icy-metadata"]).toBe("1");
      response.writeHead(200, { ...headers, "icy-name": Buffer.from("Motörhead FM").toString("latin1") });
      response.write(interleaveTitles(audio, 1_000, ["First", "Second"]));
    });
    const bytes = await openLive(server.url);
    expect(bytes).toMatchObject({
      endless: true,
      station: "Motörhead FM",
      contentType: "audio/mpeg",
      title: null,
    });
    expect(await readAll(bytes, 100_000)).toEqual(Buffer.from(audio));
    expect(bytes.title).toBe("Second");
    bytes.close();
    await eventually(() => server.sockets.size).toBe(0);
  });

  it.each(["at once", "byte by byte"])(
    "reads an old station whose status line ICY arrives %s",
    async (how) => {
      await using server = await serveRaw((socket) => {
        const head =
          "ICY 200 OK\r\nicy-name:Old station\r\nicy-metaint:1000\r\ncontent-type:audio/mpeg\r\n\r\n";
        const stream = Buffer.concat([Buffer.from(head), interleaveTitles(audio, 1_000, ["Song"])]);
        const step = how === "at once" ? stream.length : 1;
        socket.setNoDelay(true);
        const write = (offset: number): void => {
          socket.write(stream.subarray(offset, offset + (offset < head.length ? step : stream.length)));
          if (offset + step <= head.length) setImmediate(write, offset + step);
        };
        write(0);
      });
      const bytes = await openLive(server.url);
      expect(bytes).toMatchObject({ endless: true, station: "Old station", contentType: "audio/mpeg" });
      expect(await readAll(bytes, 100_000)).toEqual(Buffer.from(audio));
      expect(bytes.title).toBe("Song");
      bytes.close();
      await eventually(() => server.sockets.size).toBe(0);
    },
  );

  it("reconnects after a loss and continues to read titles", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, headers);
      const part = audio.subarray(0, 10_500);
      response.write(interleaveTitles(part, 1_000, [`Song ${server.requests.length}`]), () =>
        response.destroy(),
      );
    });
    const bytes = await openLive(server.url, { limits: { blockBytes: 1_000, backOffMs: 1, tries: 2 } });
    await readAll(bytes, 45_000);
    expect(server.requests.length).toBeGreaterThanOrEqual(5);
    expect(bytes.title).toBe(`Song ${server.requests.length}`);
    bytes.close();
  });

  it("fails when every connection delivers only a few bytes", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, headers);
      response.write("x", () => response.destroy());
    });
    const bytes = await openLive(server.url, { limits: { backOffMs: 1, tries: 3 } });
    await expect(readAll(bytes)).rejects.toMatchObject({ name: "TrackError", severity: "SUSPICIOUS" });
    expect(server.requests.length).toBe(3);
  });

  it("reads from the socket only on demand", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, headers);
      const write = (): void => {
        while (response.write(audio));
      };
      response.on("drain", write);
      write();
    });
    const bytes = await openLive(server.url);
    expect(bytes.stream.locked).toBe(false);
    const [socket] = server.sockets;
    await eventually(() => socket?.writableLength).toBeGreaterThan(0);
    expect((await readAll(bytes, 1)).length).toBe(1);
    bytes.close();
  });
});

describe("a server without range support", () => {
  it("buffers a small file for random access", async () => {
    await using server = await serve((_request, response) => void response.end(Buffer.from(audio)));
    const bytes = await openUrl(server.url);
    expect(bytes).toMatchObject({ type: "random", size: 100_000 });
    if (bytes.type === "random") expect(await bytes.read(99_990, 100_010)).toEqual(audio.slice(99_990));
  });

  it("streams a larger file once, in order", async () => {
    await using server = await serve((_request, response) => void response.end(Buffer.from(audio)));
    const bytes = await openLive(server.url, { limits: { bufferedBytes: 1_000 } });
    expect(bytes).toMatchObject({ endless: false, station: null });
    expect(await readAll(bytes)).toEqual(Buffer.from(audio));
    expect(server.requests.length).toBe(1);
  });

  it("opens a larger file again, which outlives the first", async () => {
    await using server = await serve((_request, response) => void response.end(Buffer.from(audio)));
    const bytes = await openLive(server.url, { limits: { bufferedBytes: 1_000 } });
    expect(bytes.length).toBe(audio.length);
    await readAll(bytes, 50_000);
    const again = await bytes.reopen?.();
    bytes.close();
    if (again?.type !== "live") throw new Error("not opened again");
    expect(await readAll(again)).toEqual(Buffer.from(audio));
    expect(server.requests.length).toBe(2);
  });

  it("treats a body of unknown length as endless", async () => {
    await using server = await serve((_request, response) => {
      response.flushHeaders();
      response.end(Buffer.from(audio));
    });
    const bytes = await openLive(server.url);
    expect(bytes.endless).toBe(true);
    expect(await readAll(bytes)).toEqual(Buffer.from(audio));
    expect(server.requests.length).toBe(1);
  });

  it.each(["of known length", "of unknown length"])(
    "requests a file %s again after a loss and skips to the missing byte",
    async (length) => {
      await using server = await serve((_request, response) => {
        response.writeHead(200, {
          etag: '"one"',
          ...(length === "of known length" ? { "content-length": 100_000 } : {}),
        });
        const part = Buffer.from(audio.subarray(0, server.requests.length * 30_000));
        if (part.length >= 90_000) response.end(Buffer.from(audio));
        else response.write(part, () => response.destroy());
      });
      const bytes = await openLive(server.url, { limits: { bufferedBytes: 0, backOffMs: 1 } });
      expect(await readAll(bytes)).toEqual(Buffer.from(audio));
      expect(server.requests.length).toBe(3);
    },
  );

  it("fails when the file changes between two requests, as its length shows", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 100_000 + server.requests.length });
      response.write(audio.subarray(0, 30_000), () => response.destroy());
    });
    const bytes = await openLive(server.url, { limits: { bufferedBytes: 0, backOffMs: 1 } });
    await expect(readAll(bytes)).rejects.toThrow(/changed/);
  });

  it.each([
    ["a small file", 1024 * 1024],
    ["a larger file", 0],
  ])("is believed that %s ends early if it does twice", async (_what, bufferedBytes) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 105_000, etag: `"${server.requests.length}"` });
      response.write(audio, () => response.destroy());
    });
    const bytes = await openUrl(server.url, { limits: { bufferedBytes, backOffMs: 1 } });
    const read = bytes.type === "random" ? await bytes.read(0, 200_000) : await readAll(bytes);
    expect(Buffer.from(read)).toEqual(Buffer.from(audio));
    bytes.close();
  });

  it("is not believed that half a file is all of it", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 200_000 });
      response.write(audio, () => response.destroy());
    });
    const bytes = await openLive(server.url, { limits: { bufferedBytes: 0, backOffMs: 1, tries: 3 } });
    await expect(readAll(bytes)).rejects.toMatchObject({ name: "TrackError", severity: "SUSPICIOUS" });
  });
});
