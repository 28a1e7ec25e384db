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
/** Playlist of an HLS stream, which the script serves with segments of the test kit. */
const hlsPlaylist = `#EXTM3U
#EXT-X-TARGETDURATION:4
#EXTINF:3.04,
media/tones.aac
#EXT-X-DISCONTINUITY
#EXTINF:3.04,
media/tones.aac
#EXT-X-ENDLIST
`;

/** Plays each file and an HLS stream in a node and listens to them; prints what was not heard. */
const playScript = `
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createNode } from "@asterite/andesite-node";
const [folder, ...files] = process.argv.slice(2);
const hls = createServer((request, response) =>
  response.end(request.url === "/list.m3u8" ? ${JSON.stringify(hlsPlaylist)} : readFileSync(folder + request.url)),
);
await new Promise((resolve) => hls.listen(0, "127.0.0.1", resolve));
const names = [...files.map((file) => folder + "/" + file), "http://127.0.0.1:" + hls.address().port + "/list.m3u8"];
const sources = { local: true, http: true };
const loading = { musicFolders: [folder], sources, allowPrivateAddresses: true };
const node = await createNode({ http: { host: "127.0.0.1", port: 0 }, loading });
const url = "http://127.0.0.1:" + node.port;
const headers = { "User-Id": "1", "Content-Type": "application/json" };
const request = async (method, path, body) =>
  (await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })).json();
// Silence takes 3 bytes a frame, and the headers of the stream a few hundred.
const audibleBytes = 2_000;
await Promise.all(names.map(async (file, index) => {
  const path = "/player/" + (index + 1);
  const loaded = await request("GET", "/loadtracks?identifier=" + encodeURIComponent("raw:" + file));
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
hls.close();
hls.closeAllConnections();
`;

/** Plays files and an HLS stream with the installed audio node, without any other program or package. */
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
