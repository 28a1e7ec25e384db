// Files of messages: uploads by HTTP, links, and what clients without the extension see.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileOptions } from "@asterite/aster-server";
import type { PacketClient, ReceivedPacket } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { ask, firstChannel, openClient, register, startServer, statusOf } from "../support/server.ts";

const extensions = ["files", "reasons", "cursor", "message", "nonce", "search"];

async function startWithFiles({
  isPublic = true,
  ...options
}: Partial<FileOptions> & { isPublic?: boolean } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "asterite-files-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const server = await startServer({
    plainPort: 0,
    files: { folder, ...(isPublic && { publicUrl: "https://chat.example.org/" }), ...options },
  });
  const { port } = server;
  const base = `http://127.0.0.1:${server.plainPort}`;
  const open = async (name: string, ...names: string[]): Promise<PacketClient> => {
    const client = await openClient(port);
    if (names.length > 0) await ask(client, "hello", { client: "test/1", extensions: names });
    await register(client, name);
    return client;
  };
  const ann = await open("ann", ...extensions);
  return { folder, base, open, ann, channel: await firstChannel(ann) };
}

type Place = Awaited<ReturnType<typeof startWithFiles>>;

const replyTo = async (client: PacketClient, command: string, fields: object = {}): Promise<ReceivedPacket> =>
  (await ask(client, command, fields)).reply;

const createUpload = (
  { ann, channel }: Place,
  { name = "a.png", type = "image/png", size }: { name?: string; type?: string; size: number },
) => replyTo(ann, "create_upload", { channel, name, type, size });

const put = ({ base }: Place, upload: unknown, bytes: Buffer, offset = 0): Promise<Response> =>
  fetch(`${base}/uploads/${upload}`, {
    method: "PUT",
    body: new Uint8Array(bytes),
    headers: { "upload-offset": `${offset}` },
  });

/** Uploads and sends a file. Returns the ids of the file and the message. */
async function sendFile(place: Place, bytes: Buffer, given: { name?: string; type?: string } = {}) {
  const { upload } = await createUpload(place, { ...given, size: bytes.length });
  expect((await put(place, upload, bytes)).status).toBe(200);
  const fields = { content: "", channel: place.channel, attachments: [upload] };
  const { message, status } = await replyTo(place.ann, "send", fields);
  expect(status).toBe(200);
  return { file: String(upload), message: Number(message) };
}

async function linkTo(place: Place, file: string, client = place.ann): Promise<string> {
  const { url, status } = await replyTo(client, "file_link", { file });
  expect(status).toBe(200);
  return `${place.base}${url}`;
}

it("shows a file to clients with the extension, and a line with a link to others", async () => {
  const place = await startWithFiles();
  const { ann, base, channel } = place;
  const bob = await place.open("bob", ...extensions);
  const old = await place.open("old");
  const bytes = randomBytes(3000);
  const { upload } = await createUpload(place, { name: "cat.png", size: bytes.length });
  await put(place, upload, bytes);
  const fields = { content: "look", channel, attachments: [upload], nonce: "n1" };
  const sent = await ask(ann, "send", fields);
  const attachments = [{ id: upload, name: "cat.png", type: "image/png", size: 3000 }];
  const shown = { command: "content", content: "look", attachments };
  expect(sent.pushes.filter(({ command }) => command === "content")).toMatchObject([
    { ...shown, nonce: "n1" },
  ]);
  expect((await bob.until(({ command }) => command === "content")).packet).toMatchObject(shown);
  const { packet } = await old.until(({ command }) => command === "content");
  expect(packet).not.toHaveProperty("attachments");
  const [first, link = ""] = String(packet["content"]).split("\n");
  expect(first).toBe("look");
  expect(link).toMatch(/^https:\/\/chat\.example\.org\/files\/[0-9a-f]{32}\/cat\.png\?u=0&e=\d+&s=[\w-]+$/);
  const linked = await fetch(link.replace("https://chat.example.org", base));
  expect(Buffer.from(await linked.arrayBuffer())).toEqual(bytes);

  const { message } = sent.reply;
  const history = { num: 10, channel };
  expect((await replyTo(bob, "history", history))["data"]).toMatchObject([{ content: "look", attachments }]);
  expect((await replyTo(old, "history", history))["data"]).toMatchObject([{ content: packet["content"] }]);
  expect((await replyTo(bob, "get_message", { message }))["data"]).toMatchObject({ attachments });
  const found = await replyTo(bob, "search", { query: "look", limit: 5 });
  expect(found["data"]).toMatchObject([{ attachments, snippet: expect.any(String) }]);
  const missed = await replyTo(bob, "events_after", { cursor: 0, limit: 100 });
  expect(missed["events"]).toContainEqual(expect.objectContaining(shown));
  // An upload is sent once, and a repeated nonce is the first message.
  expect(await statusOf(ann, "send", { ...fields, nonce: "n2" })).toBe(404);

  expect(await statusOf(ann, "edit", { message, new_content: "see" })).toBe(200);
  const edited = await old.until(({ command }) => command === "message_edited");
  expect(edited.packet["new_content"]).toMatch(/^see\nhttps:/);
  const seen = await bob.until(({ command }) => command === "message_edited");
  expect(seen.packet["new_content"]).toBe("see");
});

it("names files without links where the server has no public address, and without files offers none", async () => {
  const place = await startWithFiles({ isPublic: false });
  const old = await place.open("old");
  await sendFile(place, randomBytes(1500), { name: "notes.pdf", type: "application/pdf" });
  const { packet } = await old.until(({ command }) => command === "content");
  expect(packet["content"]).toBe("notes.pdf (2 kB)");

  const { port } = await startServer();
  const client = await openClient(port);
  const hello = await replyTo(client, "hello", { client: "test/1", extensions });
  expect(hello["extensions"]).not.toContain("files");
});

it("resumes an upload that was cut, by its offset", async () => {
  const place = await startWithFiles();
  const bytes = randomBytes(200_000);
  const { upload, url } = await createUpload(place, { size: bytes.length });
  expect(url).toBe(`/uploads/${upload}`);
  // Announces all bytes, sends a half and breaks the connection.
  const cut = request(`${place.base}${url}`, { method: "PUT", headers: { "content-length": bytes.length } });
  cut.on("error", () => {});
  const written = new Promise((resolve) => cut.write(bytes.subarray(0, 100_000), resolve));
  await written;
  const state = async () => {
    const response = await fetch(`${place.base}${url}`, { method: "HEAD" });
    return [response.headers.get("upload-offset"), response.headers.get("upload-length")];
  };
  await expect.poll(state).toEqual(["100000", "200000"]);
  // Another request would interleave its bytes.
  expect((await put(place, upload, bytes.subarray(100_000), 100_000)).status).toBe(409);
  const closed = new Promise((resolve) => cut.once("close", resolve));
  cut.destroy();
  await closed;
  await expect
    .poll(async () => (await put(place, upload, bytes.subarray(100_000), 100_000)).status)
    .toBe(200);
  expect(await state()).toEqual(["200000", "200000"]);
  const { message, status } = await replyTo(place.ann, "send", {
    content: "",
    channel: place.channel,
    attachments: [upload],
  });
  expect({ message: typeof message, status }).toEqual({ message: "number", status: 200 });
  const read = await fetch(await linkTo(place, String(upload)));
  expect(Buffer.from(await read.arrayBuffer())).toEqual(bytes);
});

it("refuses more bytes than announced, wrong offsets, and uploads that it does not know", async () => {
  const place = await startWithFiles();
  const { upload } = await createUpload(place, { size: 1000 });
  expect((await put(place, upload, Buffer.alloc(1001))).status).toBe(413);
  expect((await put(place, upload, Buffer.alloc(10), 5)).status).toBe(409);
  expect((await put(place, upload, Buffer.alloc(10), -5)).status).toBe(400);
  expect((await put(place, "0".repeat(32), Buffer.alloc(10))).status).toBe(404);
  expect((await put(place, "%2e%2e%2flink-key", Buffer.alloc(10))).status).toBe(404);
  // Without a length the bytes are counted as they arrive.
  const chunked = request(`${place.base}/uploads/${upload}`, { method: "PUT" });
  chunked.end(Buffer.alloc(5000));
  const [response] = (await once(chunked, "response")) as [{ statusCode: number; resume(): void }];
  response.resume();
  expect(response.statusCode).toBe(413);
  const fields = { content: "", channel: place.channel, attachments: [upload] };
  expect(await replyTo(place.ann, "send", fields)).toMatchObject({
    status: 404,
    reason: "unknown:attachments",
  });
});

it("refuses files above the limits with their names", async () => {
  const place = await startWithFiles({ fileBytes: 1000, accountBytes: 1500 });
  const cases = [
    [1001, "quota:file_bytes:1000"],
    [9_007_199_254_740_991, "quota:file_bytes:1000"],
    [0, "empty:size"],
    [-1, "invalid:size"],
    [1.5, "invalid:size"],
    ["10", "invalid:size"],
  ] as const;
  for (const [size, reason] of cases) {
    expect(await createUpload(place, { size: size as number })).toMatchObject({ reason });
  }
  expect(await createUpload(place, { size: 1000 })).toMatchObject({ status: 200 });
  expect(await createUpload(place, { size: 501 })).toMatchObject({
    status: 409,
    reason: "quota:account_bytes:1500",
  });
  const long = await createUpload(place, { name: "x".repeat(1001), size: 1 });
  expect(long).toMatchObject({ reason: "too_long:name:1000" });
});

it("never lets a browser execute a file, whatever its name and type", async () => {
  const place = await startWithFiles();
  const page = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
  const polyglot = Buffer.concat([Buffer.from("GIF89a/*"), Buffer.from("*/=1;<script>alert(1)</script>")]);
  const corpus = [
    ["a.svg", "image/svg+xml", page, "a.svg", "application/octet-stream", "attachment"],
    ["a.html", "text/html", page, "a.html", "application/octet-stream", "attachment"],
    ["a.xhtml", "application/xhtml+xml", page, "a.xhtml", "application/octet-stream", "attachment"],
    ["a.pdf", "application/pdf", "%PDF-1.7", "a.pdf", "application/octet-stream", "attachment"],
    ["a.js", "text/javascript", "alert(1)", "a.js", "application/octet-stream", "attachment"],
    ["a.png", "image/png\r\nx-evil: 1", page, "a.png", "application/octet-stream", "attachment"],
    ["a.png", "image/png; charset=x", page, "a.png", "image/png", "inline"],
    ["a.gif", "IMAGE/GIF", polyglot, "a.gif", "image/gif", "inline"],
    ["a.txt", "text/plain", page, "a.txt", "text/plain; charset=utf-8", "inline"],
    ["../../etc/passwd", "text/html", page, "passwd", "application/octet-stream", "attachment"],
    ["C:\\temp\\evil.png", "image/png", page, "evil.png", "image/png", "inline"],
    ["..", "image/png", page, "file", "image/png", "inline"],
    ["a\r\nset-cookie: x=1", "image/png", page, "aset-cookie: x=1", "image/png", "inline"],
    ["photo\u202Egnp.exe", "image/png", page, "photognp.exe", "image/png", "inline"],
    ['"; filename="x.exe', "image/png", page, '"; filename="x.exe', "image/png", "inline"],
    ["猫 🐈.png", "image/png", page, "猫 🐈.png", "image/png", "inline"],
    ["nul\0.png", "image/png", page, "nul.png", "image/png", "inline"],
  ] as const;
  for (const [name, type, content, shownName, contentType, disposition] of corpus) {
    const { file, message } = await sendFile(place, Buffer.from(content), { name, type });
    const { data } = (await replyTo(place.ann, "get_message", { message })) as unknown as {
      data: { attachments: object[] };
    };
    expect(data.attachments).toMatchObject([{ name: shownName }]);
    const { headers, status } = await fetch(await linkTo(place, file));
    expect(status).toBe(200);
    const disposed = headers.get("content-disposition") ?? "";
    expect(disposed.split(";")[0]).toBe(disposition);
    expect(disposed).toMatch(/^\w+; filename="[^"\\]*"; filename\*=UTF-8''[\w%.!~-]*$/);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": contentType,
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
    });
    expect(headers.get("x-evil") ?? headers.get("set-cookie")).toBeNull();
  }
});

it("serves ranges", async () => {
  const place = await startWithFiles();
  const { file } = await sendFile(place, Buffer.from("0123456789"));
  const link = await linkTo(place, file);
  const cases = [
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=5-99999", 206, "56789", "bytes 5-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=5-2", 416, "", "bytes */10"],
    ["bytes=-0", 416, "", "bytes */10"],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
    ["bytes=999999999999999999999-", 200, "0123456789", null],
  ] as const;
  for (const [range, status, body, contentRange] of cases) {
    const response = await fetch(link, { headers: { range } });
    expect([range, response.status, await response.text(), response.headers.get("content-range")]).toEqual([
      range,
      status,
      body,
      contentRange,
    ]);
  }
});

it("refuses links that are forged, made for others, or of files that are gone", async () => {
  const place = await startWithFiles();
  const bob = await place.open("bob", ...extensions);
  const { file, message } = await sendFile(place, Buffer.from("x"));
  const link = await linkTo(place, file);
  const statusAt = async (url: string) => (await fetch(url)).status;
  expect(await statusAt(link)).toBe(200);
  expect(await statusAt(link.replace(/u=\d+/, "u=0"))).toBe(403);
  expect(await statusAt(link.replace(/e=\d+/, "e=99999999999"))).toBe(403);
  expect(await statusAt(link.replace(/s=.{4}/, "s=AAAA"))).toBe(403);
  expect(await statusAt(link.replace(/\?.*/, ""))).toBe(404);
  expect(await statusAt(`${place.base}/files/..%2Flink-key`)).toBe(404);
  // An upload of another account cannot be sent, and one that is not sent has no link.
  const { upload } = await createUpload(place, { size: 1 });
  await put(place, upload, Buffer.from("y"));
  const stolen = { content: "", channel: place.channel, attachments: [upload] };
  expect(await statusOf(bob, "send", stolen)).toBe(404);
  expect(await statusOf(place.ann, "file_link", { file: upload })).toBe(404);
  expect(await statusOf(place.ann, "delete", { message })).toBe(200);
  expect(await statusAt(link)).toBe(404);
  expect(await statusOf(bob, "file_link", { file })).toBe(404);
});

it("removes the bytes that no message uses when it starts again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterite-files-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const start = () =>
    startServer({ plainPort: 0, database: join(folder, "chat.db"), files: { folder: join(folder, "f") } });
  const blobs = async (): Promise<string[]> => {
    const names = await readdir(join(folder, "f", "blobs"), { recursive: true });
    return names.filter((name) => /[0-9a-f]{64}$/.test(name));
  };
  const server = await start();
  const ann = await openClient(server.port);
  await ask(ann, "hello", { client: "test/1", extensions });
  await register(ann, "ann");
  const place = {
    ann,
    channel: await firstChannel(ann),
    base: `http://127.0.0.1:${server.plainPort}`,
  } as Place;
  const gone = await sendFile(place, Buffer.from("gone"));
  await sendFile(place, Buffer.from("kept"));
  await sendFile(place, Buffer.from("kept"));
  const names = await blobs();
  expect(names).toHaveLength(2);
  expect(await statusOf(ann, "delete", { message: gone.message })).toBe(200);
  for (const name of names) await utimes(join(folder, "f", "blobs", name), 0, 0);
  await server.close();
  await start();
  await expect.poll(blobs).toHaveLength(1);
});
