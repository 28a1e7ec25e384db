import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { untaggedMp3, withPicture } from "../../../../audio/src/media/tags/tags.test-support.ts";
import { defaultByteLimits } from "../../bytes/byte-limits.ts";
import { eventually, sendRange, serve, type TestServer } from "../../bytes/bytes.test-support.ts";
import { openLoader, pictureHeads, silentWav, tracksOf } from "../loading.test-support.ts";
import type { LoaderOptions } from "../options.ts";

const { signal } = new AbortController();
const picture = Buffer.concat([pictureHeads.png, Buffer.alloc(3_000, 7)]);

/** Opens a loader for HTTP addresses that may connect to test servers. */
const open = (options: LoaderOptions) =>
  openLoader({ sources: { http: true }, allowPrivateAddresses: true, ...options });
const loader = open({});
afterAll(() => loader.close());

const found = { type: "image/png", data: Uint8Array.from(picture) };

/** Returns the first byte of each range request that a server received. */
const startsOf = ({ requests }: TestServer): number[] =>
  requests.map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? Number.NaN));

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Returns a handler that sends a file without range support, and without its length unless it is in the
 * headers.
 */
const sendPlain =
  (file: Uint8Array, headers: Readonly<Record<string, string | number>> = {}): Handle =>
  (_request, response) => {
    response.writeHead(200, headers);
    response.write(file);
  };

describe("readPicture for an HTTP file", () => {
  it.each(Object.entries(withPicture))(
    "announces the picture of a %s file when it is loaded, and returns it",
    async (_name, make) => {
      const file = make(picture);
      await using server = await serve((request, response) => sendRange(request, response, file));
      const tracks = tracksOf(await loader.load(server.url));
      expect(tracks).toMatchObject([{ extras: { hasPicture: true } }]);
      expect(await loader.readPicture(server.url, signal)).toEqual(found);
      await eventually(() => server.sockets.size).toBe(0);
    },
  );

  it("skips the samples between the start of the file and the picture", async () => {
    const file = withPicture.wav(picture, silentWav(1_000));
    await using server = await serve((request, response) => sendRange(request, response, file));
    expect(await loader.readPicture(server.url, signal)).toEqual(found);
    // The second request skips 16 MB of silence.
    const [first, second, ...more] = startsOf(server);
    expect([first, more]).toEqual([0, []]);
    expect(second).toBeGreaterThan(file.length - 2 ** 17);
  });

  it("reads the picture at the start of a file without random access", async () => {
    const file = withPicture.mp3(picture, Buffer.concat(Array.from({ length: 60 }, untaggedMp3)));
    // Shorter files are buffered.
    expect(file.length).toBeGreaterThan(defaultByteLimits.bufferedBytes);
    await using server = await serve(sendPlain(file, { "content-length": file.length }));
    expect(await loader.readPicture(server.url, signal)).toEqual(found);
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("returns null for a picture above the limit, and without one", async () => {
    const files = {
      "/large": withPicture.flac(Buffer.concat([picture, Buffer.alloc(9_000)])),
      "/none": silentWav(),
    };
    await using server = await serve((request, response) => {
      const file = files[request.url === "/large" ? "/large" : "/none"];
      sendRange(request, response, file);
    });
    await using loader = open({ limits: { artworkBytes: 5_000 } });
    expect(await loader.readPicture(`${server.url}large`, signal)).toBeNull();
    expect(await loader.readPicture(`${server.url}none`, signal)).toBeNull();
    const [track] = tracksOf(await loader.load(`${server.url}none`));
    expect(track?.extras.hasPicture).toBe(false);
  });

  it.each<[string, Handle]>([
    ["missing", (_request, response) => void response.writeHead(404).end()],
    ["replaced by a page", sendPlain(Buffer.from("<html>"), { "content-length": 6 })],
    [
      "truncated",
      (request, response) => sendRange(request, response, withPicture.flac(picture), { cutAfter: 60 }),
    ],
    ["in a redirect loop", (_request, response) => void response.writeHead(302, { location: "/" }).end()],
  ])("returns null when the file is %s", async (_case, handle) => {
    await using server = await serve(handle);
    await using loader = open({ byteLimits: { tries: 2, backOffMs: 1 } });
    expect(await loader.readPicture(server.url, signal)).toBeNull();
  });
});

describe("a radio station has no picture", () => {
  const tagged = withPicture.mp3(picture);

  it.each([
    ["recognised by its name", { "icy-name": "A station" }],
    ["recognised by its missing length", {}],
  ])("%s", async (_case, headers) => {
    await using server = await serve(sendPlain(tagged, headers));
    expect(tracksOf(await loader.load(server.url))).toMatchObject([{ extras: { hasPicture: false } }]);
    expect(await loader.readPicture(server.url, signal)).toBeNull();
    await eventually(() => server.sockets.size).toBe(0);
  });
});

describe("reading an HTTP picture", () => {
  it("does not connect to private addresses", async () => {
    await using server = await serve((request, response) =>
      sendRange(request, response, withPicture.flac(picture)),
    );
    await using loader = open({ allowPrivateAddresses: false });
    for (const host of ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"]) {
      expect(await loader.readPicture(`http://${host}:${server.port}/`, signal)).toBeNull();
    }
    expect(server.requests).toEqual([]);
  });

  it("is cancelled by its signal", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(206, { "content-range": "bytes 0-99999/100000" }).write("fLaC");
    });
    const controller = new AbortController();
    const reading = loader.readPicture(server.url, controller.signal);
    await eventually(() => server.sockets.size).toBe(1);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("is off when the source http is off", async () => {
    await using server = await serve((request, response) =>
      sendRange(request, response, withPicture.flac(picture)),
    );
    await using loader = open({ sources: { local: true, http: false } });
    expect(await loader.readPicture(server.url, signal)).toBeNull();
    expect(server.requests).toEqual([]);
  });
});
