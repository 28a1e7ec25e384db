import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../command.ts";
import { root } from "../workspace.ts";

/** Files of the test kit, one for each decoder and container that a plain install must have. */
const files = [
  "media/tones.mp3",
  "media/tones.m4a",
  "media/tones-alac.m4a",
  "media/tones.flac",
  "media/tones.ogg",
  "media/tones.opus",
  "odd-media/he-aac.aac",
  "odd-media/flac-20-bits.flac",
  "odd-media/tone.aiff",
];

/** Plays each file in a node and listens to it; prints what was not heard. */
const playScript = `
import { createNode } from "@asterite/andesite-node";
const [folder, ...files] = process.argv.slice(2);
const sources = { local: true };
const node = await createNode({ http: { host: "127.0.0.1", port: 0 }, loading: { musicFolders: [folder], sources } });
const url = "http://127.0.0.1:" + node.port;
const headers = { "User-Id": "1", "Content-Type": "application/json" };
const request = async (method, path, body) =>
  (await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })).json();
// Silence takes 3 bytes a frame, and the headers of the stream a few hundred.
const audibleBytes = 2_000;
await Promise.all(files.map(async (file, index) => {
  const path = "/player/" + (index + 1);
  const loaded = await request("GET", "/loadtracks?identifier=" + encodeURIComponent("raw:" + folder + "/" + file));
  const track = loaded.tracks?.[0]?.track;
  if (!track) return console.log(file + " is not loaded: " + JSON.stringify(loaded));
  await request("POST", path + "/play", { track, pause: true, radio: true });
  const link = await request("POST", path + "/listen", {});
  const stream = await fetch(url + link.url);
  const timer = setTimeout(() => {
    console.log(file + " is not heard");
    node.close({ graceMs: 0 });
  }, 20_000);
  await request("PATCH", path + "/pause", { pause: false });
  let bytes = 0;
  for await (const part of stream.body) if ((bytes += part.length) > audibleBytes) break;
  clearTimeout(timer);
}));
await node.close({ graceMs: 0 });
`;

/** Plays files with the installed audio node, without any other program or package. */
export async function playFiles(folder: string): Promise<string[]> {
  const script = join(folder, "play.js");
  writeFileSync(script, playScript);
  const media = join(root, "packages/testkit");
  const missing = files.filter((file) => !existsSync(join(media, file)));
  if (missing.length > 0) return [`the test kit lacks ${missing.join(", ")}`];
  const { code, output } = await runCommand(process.execPath, [script, media, ...files], {
    cwd: folder,
    env: { PATH: "/nowhere" },
  });
  return code === 0 && output === "" ? [] : [`the installed audio node does not play every file:\n${output}`];
}
