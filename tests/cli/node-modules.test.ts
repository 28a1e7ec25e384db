// Modules that an idle `asterite node` must not load: those of other commands, and decoders.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, mediaFolder, parseJsonLine, readyLine } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { sendRequest } from "../support/andesite-node.ts";
import { temporaryFolder } from "../support/asterite.ts";

/** Module hook that logs each loaded file with its thread. */
const loadLogger = `
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { isMainThread } from "node:worker_threads";
const where = isMainThread ? "main " : "thread ";
registerHooks({ load(url, context, next) {
  appendFileSync(process.env.LOADED_FILES, where + url + "\\n");
  return next(url, context);
} });
`;

it("loads neither other commands nor decoders after scanning the music folder", {
  timeout: 60_000,
}, async () => {
  const loaded = join(await temporaryFolder(), "loaded");
  const child = await launch({
    command: process.execPath,
    args: [
      "--conditions=@asterite/source",
      "--import",
      `data:text/javascript,${encodeURIComponent(loadLogger)}`,
      fileURLToPath(import.meta.resolve("asterite/main")),
      "node",
      "--port",
      "0",
      "--music",
      mediaFolder,
    ],
    env: { LOADED_FILES: loaded },
    readyWhen: readyLine,
    timeoutMs: 50_000,
  });
  onTestFinished(async () => void (await child.stop()));
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  const search = await sendRequest(`http://127.0.0.1:${ready?.["port"]}/loadtracks?identifier=search:tones`);
  expect(search.body).toMatchObject({ loadType: "SEARCH_RESULT" });
  const files = (await readFile(loaded, "utf8")).trim().split("\n");
  expect(files.filter((file) => /^thread .*open-reader/.test(file))).not.toEqual([]);
  const others =
    /\/(?:apps|packages|node_modules)\/(?:aster-server|aster|dj|queue|web|kysely|pg|pino-pretty|@nats-io)\//;
  const decoders = /\/(?:mpg123-decoder|@wasm-audio-decoders|media\/decoders)\//;
  expect(files.filter((file) => others.test(file) || decoders.test(file))).toEqual([]);
});
