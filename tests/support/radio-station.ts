import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { mediaFolder } from "@asterite/testkit";
import { onTestFinished } from "vitest";

/** Bytes of audio between two titles. */
const titleInterval = 1_000;
const tickMs = 50;
/** Audio that a listener gets at once, in ms. */
const burstMs = 1_000;

/** Station that sends mp3 in real time, with titles as Shoutcast does. */
export interface RadioStation {
  readonly url: string;
  /** Returns the title of each block, in the encoding of the station. */
  nextTitle: () => string | Uint8Array;
}

/** Starts a station, which is closed after the test. */
export async function startRadioStation(nextTitle: RadioStation["nextTitle"]): Promise<RadioStation> {
  // Three seconds of frames from the middle of a file.
  const music = (await readFile(join(mediaFolder, "tones.mp3"))).subarray(2_000);
  const bytesPerMs = music.length / 3_000;
  const broadcast = (response: ServerResponse): void => {
    const startMs = performance.now() - burstMs;
    let sent = 0;
    const timer = setInterval(() => {
      for (; sent < (performance.now() - startMs) * bytesPerMs; sent += titleInterval) {
        const bytes = Array.from(
          { length: titleInterval },
          (_, at) => music[(sent + at) % music.length] ?? 0,
        );
        const title = Buffer.from(station.nextTitle());
        const text = Buffer.concat([Buffer.from("StreamTitle='"), title, Buffer.from("';")]);
        const units = Math.ceil(text.length / 16);
        response.write(
          Uint8Array.from([...bytes, units, ...text, ...Buffer.alloc(16 * units - text.length)]),
        );
      }
    }, tickMs);
    response.once("close", () => clearInterval(timer));
  };
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      "content-type": "audio/mpeg",
      "icy-name": "Test FM",
      "icy-metaint": String(titleInterval),
    });
    broadcast(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const station = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, nextTitle };
  return station;
}
