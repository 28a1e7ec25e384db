// Artwork of tracks, from the file to the HTTP response.

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { type AndesiteNode, createNode } from "@asterite/andesite-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRange, serve } from "../../packages/andesite-node/src/bytes/bytes.test-support.ts";
import {
  pictureHeads,
  silentWav,
  temporaryFolder,
} from "../../packages/andesite-node/src/loading/loading.test-support.ts";
import { flacWith } from "../../packages/audio/src/media/tags/tags.test-support.ts";

const headers = { Authorization: "secret" };
const picture = Buffer.concat([pictureHeads.jpeg, Buffer.alloc(3_000, 7)]);

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let music: string;
let node: AndesiteNode;
let url: string;

const start = () =>
  createNode({
    password: "secret",
    http: { host: "127.0.0.1", port: 0 },
    loading: { sources: { local: true, http: true }, musicFolders: [music], allowPrivateAddresses: true },
    artwork: { maxBytes: 10_000 },
  });

beforeAll(async () => {
  home = await temporaryFolder();
  music = join(home.path, "music");
  await mkdir(join(music, "album"), { recursive: true });
  await mkdir(join(music, "large"));
  await writeFile(join(music, "song.flac"), flacWith(picture));
  await writeFile(join(music, "plain.wav"), silentWav());
  await writeFile(join(music, "script.flac"), flacWith(Buffer.from("<svg onload='alert(1)'/>")));
  await writeFile(join(music, "large/large.flac"), flacWith(Buffer.concat([picture, Buffer.alloc(20_000)])));
  await writeFile(join(music, "album/song.wav"), silentWav());
  await writeFile(join(music, "album/folder.jpg"), picture);
  await writeFile(join(home.path, "secret.png"), pictureHeads.png);
  await symlink(home.path, join(music, "out"));
  node = await start();
  url = `http://127.0.0.1:${node.port}`;
});
afterAll(async () => {
  await node?.close();
  await home[Symbol.asyncDispose]();
});

interface Loaded {
  readonly tracks: readonly {
    readonly info: { readonly title: string; readonly artworkUrl?: string | null };
  }[];
}

async function load(identifier: string, more = "&extended"): Promise<Loaded["tracks"]> {
  const response = await fetch(`${url}/loadtracks?identifier=${encodeURIComponent(identifier)}${more}`, {
    headers,
  });
  return ((await response.json()) as Loaded).tracks;
}

const artworkPathOf = async (identifier: string): Promise<string> =>
  String((await load(identifier))[0]?.info.artworkUrl);

/** Requests a path unchanged; `fetch` would normalise it. */
const statusOf = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: node.port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });

describe("tracks of local files", () => {
  it.each(["raw:song.flac", "search:song", "raw:album/song.wav"])(
    "%s have an artwork link",
    async (identifier) => {
      const address = await artworkPathOf(identifier);
      expect(address).toMatch(/^\/artwork\/[\w-]+$/);
      const response = await fetch(url + address);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("image/jpeg");
      expect(response.headers.get("andesite-version")).not.toBeNull();
      expect(Buffer.from(await response.arrayBuffer())).toEqual(picture);
    },
  );

  it("have no link without a picture, nor in responses that are not extended", async () => {
    expect((await load("raw:plain.wav"))[0]?.info.artworkUrl).toBeNull();
    expect((await load("raw:song.flac", ""))[0]?.info).not.toHaveProperty("artworkUrl");
  });
});

describe("tracks of the web", () => {
  it("have an artwork link, with the same limits as local files", async () => {
    const files = new Map([
      ["/song.flac", flacWith(picture)],
      ["/script.flac", flacWith(Buffer.from("<svg onload='alert(1)'/>"))],
      ["/large.flac", flacWith(Buffer.concat([picture, Buffer.alloc(20_000)]))],
    ]);
    await using server = await serve((request, response) =>
      sendRange(request, response, files.get(request.url ?? "") ?? silentWav()),
    );
    const web = new URL(server.url);
    const address = await artworkPathOf(new URL("song.flac", web).href);
    expect(address).toMatch(/^\/artwork\/[\w-]+$/);
    const response = await fetch(url + address);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(picture);
    for (const name of ["script.flac", "large.flac"]) {
      expect((await fetch(url + (await artworkPathOf(new URL(name, web).href)))).status).toBe(404);
    }
    expect((await load(new URL("plain.wav", web).href))[0]?.info.artworkUrl).toBeNull();
    files.clear();
    expect((await fetch(url + address)).status).toBe(404);
  });
});

describe("an artwork link", () => {
  it.each(["script.flac", "large/large.flac"])(
    "returns 404 for an invalid or oversized picture (%s)",
    async (name) => {
      const response = await fetch(url + (await artworkPathOf(`raw:${name}`)));
      expect([response.status, await response.json()]).toEqual([
        404,
        { code: 404, message: "The track has no artwork" },
      ]);
    },
  );

  it("is invalid after a change, at another node, and after a restart", async () => {
    const address = await artworkPathOf("raw:song.flac");
    const last = address.at(-1) === "A" ? "B" : "A";
    const response = await fetch(url + address.slice(0, -1) + last);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 403 });
    const other = await start();
    expect((await fetch(`http://127.0.0.1:${other.port}${address}`)).status).toBe(403);
    await other.close();
    expect((await fetch(url + address)).status).toBe(200);
  });

  it("cannot be forged, and gives no access outside the music folders", async () => {
    for (const path of [
      "/artwork/../../etc/passwd",
      "/artwork/..%2f..%2fsecret.png",
      "/artwork/song.flac",
      `/artwork/${Buffer.from(join(music, "song.flac")).toString("base64url")}`,
      `/artwork/${"A".repeat(8_000)}`,
    ]) {
      expect([path, await statusOf(path)]).toEqual([path, 403]);
    }
    expect(await statusOf("/artwork")).toBe(401);
    expect(await statusOf("/artwork/%")).toBe(401);
    expect(await load("raw:out/secret.png")).toEqual([]);
  });

  it("only allows GET and HEAD", async () => {
    const address = await artworkPathOf("raw:song.flac");
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect((await fetch(url + address, { method })).status).toBe(401);
    }
    const head = await fetch(url + address, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(picture.length)]);
    const again = { headers: { "If-None-Match": head.headers.get("etag") ?? "" } };
    expect((await fetch(url + address, again)).status).toBe(304);
  });
});
