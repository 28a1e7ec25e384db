// Backup of a running `asterite up`, and its restore to another folder.

import { appendFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonLine, launch, type PacketClient, parseJsonLine } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import {
  anyPasswordEnv,
  asterite,
  asteriteExecutable,
  startServerProcess,
  temporaryFolder,
} from "../support/asterite.ts";
import { ask, firstChannel, openClient, registered, statusOf } from "../support/server.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

/** Starts `asterite up` on free ports. */
async function startUp(data: string, music: string) {
  const up = await launch({
    command: process.execPath,
    args: [
      asteriteExecutable,
      "up",
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--web-port",
      "0",
      "--data",
      data,
      "--music",
      music,
    ],
    env: anyPasswordEnv,
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  onTestFinished(async () => {
    await up.stop();
  });
  const ready = parseJsonLine(up.stdout.find(isReady) ?? "");
  return { up, port: Number(ready?.["port"]), fingerprint: ready?.["fingerprint256"] };
}

/** Returns the permission bits of all files and folders in a folder. */
async function modes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true });
  const pairs = ["", ...entries].map(async (path) => {
    const { mode } = await stat(join(folder, path));
    return [path, (mode & 0o777).toString(8)] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

const messages = async (client: PacketClient, channel: number): Promise<string[]> => {
  const { reply } = await ask(client, "history", { channel, num: 1000 });
  return (reply["data"] as { content: string }[]).map(({ content }) => content);
};

/** Sends a command to the bot and waits for a reply that contains `words`. */
async function askBot(client: PacketClient, channel: number, text: string, words: string): Promise<string> {
  client.send({ command: "send", content: text, channel });
  const { packet } = await client.until(
    (packet) =>
      packet.command === "content" && String(packet["content"]).includes(words) && packet["content"] !== text,
    { timeoutMs: 20_000 },
  );
  return String(packet["content"]);
}

const queueFilesOf = (data: string) =>
  readdir(join(data, "dj")).then((names) => names.filter((name) => /^room-.*\.json$/.test(name)));

it("backs up a running installation and restores it with another data and music folder", {
  timeout: 300_000,
}, async () => {
  const folder = await temporaryFolder();
  const data = join(folder, "data");
  const music = join(folder, "music");
  // Inside the data folder, as in a container with one volume. Backups do not include each other.
  const backupFolder = join(data, "backups", "monday");
  const { up, port, fingerprint } = await startUp(data, music);
  const { client } = await registered(port, "ann");
  const channel = await firstChannel(client);
  await askBot(client, channel, "!play lanterns", "Lanterns");
  await expect.poll(() => queueFilesOf(data), { timeout: 10_000 }).toHaveLength(1);
  for (let count = 0; count < 100; count++) client.send({ command: "send", content: `${count}`, channel });

  const made = await asterite(["backup", backupFolder, "--data", data]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toMatch(/^Backed up to .*monday: 5 files, \d+\.\d MB$/);
  const [queueFile = ""] = await queueFilesOf(data);
  expect(await modes(backupFolder)).toEqual({
    "": "700",
    dj: "700",
    "dj/password": "600",
    [`dj/${queueFile}`]: "600",
    "aster.db": "600",
    "certificate.pem": "600",
    "private-key.pem": "600",
    "asterite-backup.json": "600",
  });
  const second = await asterite(["backup", `${backupFolder}-2`, "--data", data, "--json"]);
  expect(JSON.parse(second.stdout).files).toHaveLength(5);
  const again = await asterite(["backup", backupFolder, "--data", data]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("already exists") });

  await ask(client, "send", { content: "after the backup", channel });
  const overData = await asterite(["restore", backupFolder, "--data", data]);
  expect(overData).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("already contains data; --replace"),
  });
  const whileRunning = await asterite(["restore", backupFolder, "--data", data, "--replace"]);
  expect(whileRunning).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("in use by another process"),
  });
  expect(await messages(client, channel)).toContain("after the backup");
  await up.stop();

  const other = join(folder, "elsewhere");
  const restored = await asterite(["restore", backupFolder, "--data", other]);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(restored.stdout).toMatch(/^Restored .*monday to .*elsewhere: 5 files, \d+\.\d MB$/);
  const movedMusic = join(folder, "songs");
  await rename(music, movedMusic);
  const there = await startUp(other, movedMusic);
  expect(there.fingerprint).toBe(fingerprint);
  const ann = await openClient(there.port);
  expect(await statusOf(ann, "login", { uname: "ann", passwd: "secret" })).toBe(200);
  const contents = await messages(ann, channel);
  expect(contents).not.toContain("after the backup");
  const numbers = contents.filter((text) => /^\d+$/.test(text));
  expect(numbers).toEqual(numbers.map((_, index) => `${index}`));
  // The queue continues although the music folder has moved as well: a missing track would stall and be
  // dropped.
  const position = async () =>
    /\d+:\d\d (?=\/)/.exec(await askBot(ann, channel, "!nowplaying", "Lanterns"))?.[0];
  const first = await position();
  expect(first).toBeDefined();
  await expect.poll(position, { timeout: 20_000, interval: 1_000 }).not.toBe(first);
  await there.up.stop();

  const back = await asterite(["restore", backupFolder, "--data", data, "--replace"]);
  expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining("the previous data is ") });
  const [previousFolder = ""] = (await readdir(data)).filter((name) => name.startsWith("before-restore-"));
  expect((await readdir(join(data, previousFolder))).sort()).toEqual([
    "certificate.pem",
    "dj",
    "private-key.pem",
  ]);
  const third = await startUp(data, movedMusic);
  const annAgain = await openClient(third.port);
  expect(await statusOf(annAgain, "login", { uname: "ann", passwd: "secret" })).toBe(200);
  expect(await messages(annAgain, channel)).not.toContain("after the backup");
});

it("refuses a damaged backup before anything is changed", {
  timeout: 60_000,
}, async () => {
  const folder = await temporaryFolder();
  const data = join(folder, "data");
  const server = await startServerProcess(["--data", data]);
  await server.process.stop();
  // Other files of the user are included; temporary files are not.
  await mkdir(join(data, "own"));
  await writeFile(join(data, "own", "config.json"), "{}");
  await symlink(join(data, "own", "config.json"), join(data, "link.json"));
  await symlink(data, join(data, "own", "circle"));
  await writeFile(join(data, "half.tmp"), "");
  const made = join(folder, "made");
  // Left over from a killed run.
  await mkdir(`${made}.unfinished`);
  await writeFile(join(`${made}.unfinished`, "aster.db"), "half");
  const backedUp = JSON.parse((await asterite(["backup", made, "--data", data, "--json"])).stdout);
  const files = ["aster.db", "certificate.pem", "link.json", "own/config.json", "private-key.pem"];
  expect(backedUp.files.sort()).toEqual(files);
  expect(await readdir(folder)).toEqual(["data", "made"]);

  const refusal = async (): Promise<string> => {
    const other = join(folder, "other");
    const { code, stderr } = await asterite(["restore", made, "--data", other]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^\s+at /m);
    await expect(stat(join(other, "aster.db"))).rejects.toThrow("ENOENT");
    return stderr;
  };
  const database = await readFile(join(made, "aster.db"));
  await appendFile(join(made, "aster.db"), "x");
  expect(await refusal()).toContain("is damaged: aster.db has changed");
  await writeFile(join(made, "aster.db"), database);
  await writeFile(join(made, "more"), "");
  expect(await refusal()).toContain("more is unexpected");
  await rm(join(made, "more"));
  await rm(join(made, "private-key.pem"));
  expect(await refusal()).toContain("private-key.pem is missing");
  await writeFile(join(made, "asterite-backup.json"), "{}");
  expect(await refusal()).toContain("is damaged or was written by a newer Asterite");
  await rm(join(made, "asterite-backup.json"));
  expect(await refusal()).toContain("is not a backup");
});

it("reports why a backup failed and leaves no files", async () => {
  const folder = await temporaryFolder();
  const none = await asterite(["backup", join(folder, "x"), "--data", join(folder, "none")]);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("does not exist") });
  const address = "postgres://localhost/x";
  const postgres = await asterite(["backup", join(folder, "x"), "--database", address]);
  expect(postgres).toMatchObject({ code: 1, stderr: expect.stringContaining("pg_dump") });
  await writeFile(join(folder, "file"), "");
  const below = await asterite(["backup", join(folder, "file", "x"), "--data", folder]);
  expect(below.code).toBe(1);
  expect(below.stderr).toMatch(/^asterite backup: \w+: /);
  expect(await readdir(folder)).toEqual(["file"]);
});
