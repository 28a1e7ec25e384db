// npm run bench -- node-voice [CONNECTIONS [SECONDS]]: Discord calls of one process, and the cost of a
// packet.

import { createCipheriv, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Track } from "@asterite/lavaplayer-track";
import { createAuthority, testCall } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { Engine } from "../packages/andesite-node/src/engine/engine.ts";
import { defaultPlayOptions } from "../packages/andesite-node/src/engine/remote-deck.ts";
import { RtpStream } from "../packages/andesite-node/src/voice/rtp-stream.ts";
import {
  type EncryptionMode,
  TransportCipher,
} from "../packages/andesite-node/src/voice/transport-cipher.ts";
import { makeMedia } from "./node/media.ts";

const connections = Number(process.argv[2] ?? 200);
const seconds = Number(process.argv[3] ?? 10);
const packetBytes = 320;

const printFigure = (title: string, figure: string): void => console.log(`${title.padEnd(58)} ${figure}`);

/** Returns a quantile of the lateness of the ticks between two reports, in ms. */
function quantile(before: Uint32Array, after: Uint32Array, share: number): number {
  const counts = after.map((count, ms) => count - (before[ms] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [ms, count] of counts.entries()) {
    sum += count;
    if (sum >= share * total) return ms;
  }
  return counts.length;
}

async function measureCalls(endToEnd: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
  const { opus } = await makeMedia(folder);
  const authority = await createAuthority();
  const certificate = await authority.issue();
  const server = new Worker(new URL("node/voice-server.ts", import.meta.url), {
    workerData: { certificate, endToEnd },
  });
  const [endpoint] = (await once(server, "message")) as [string];
  const engine = new Engine(
    {
      opus: { bitrate: 128_000, complexity: 5 },
      stuckThresholdMs: 10_000,
      bytes: { allowPrivateAddresses: true, userAgent: "bench", limits: {} },
      voice: { connectTimeoutMs: 60_000, resumeAttempts: 5 },
      voiceAuthority: authority.ca,
    },
    1,
    silentLogger,
  );
  const track = new Track({ info: { title: "", author: "", identifier: opus }, source: "local" });
  let closed = 0;
  const startMs = performance.now();
  for (let index = 0; index < connections; index++) {
    const player = engine.add({
      locate: () => Promise.resolve({ type: "file", path: opus }),
      handleReport({ type }) {
        if (type === "voice-closed") closed++;
      },
    });
    player.deck(null).play({ track, generation: 1, startMs: 0, endMs: 0 }, defaultPlayOptions);
    const ids = { guildId: String(index), userId: String(1_000 + index), sessionId: `session ${index}` };
    player.join({ ...ids, endpoint, token: "token", channelId: testCall.channelId });
  }
  while ((engine.loads[0]?.voices ?? 0) < connections && closed === 0) await wait(50);
  const connectedMs = performance.now() - startMs;
  await wait(3_000);
  const countPackets = async () => {
    server.postMessage("count");
    const [counts] = (await once(server, "message")) as [
      { sessions: number; founded: number; packets: number; decrypted: number },
    ];
    return counts;
  };
  const [before, load] = [await countPackets(), engine.loads[0]];
  await wait(1_000 * seconds);
  const [after, end] = [await countPackets(), engine.loads[0]];
  if (!load || !end) throw new Error("the worker thread has reported no load");
  const name = endToEnd ? "with" : "without";
  printFigure(
    `${connections} calls ${name} end-to-end encryption, time until all are ready`,
    `${(connectedMs / 1_000).toFixed(1)} s`,
  );
  printFigure(
    "  packets per second received and decrypted",
    `${Math.round((after.decrypted - before.decrypted) / seconds)} of ${50 * connections}`,
  );
  const late = [0.5, 0.99, 0.999].map((share) => quantile(load.lateness, end.lateness, share));
  printFigure("  lateness of the frame clock: median, p99, p99.9", `${late.join(", ")} ms`);
  printFigure("  busy share of one core", `${(100 * end.busy).toFixed(0)} %`);
  printFigure("  connections lost", String(closed));
  await engine.close();
  await server.terminate();
  await rm(folder, { recursive: true });
}

/** Measures the packets per second that one core encrypts. */
function measureCiphers(): void {
  const key = randomBytes(32);
  const payload = randomBytes(packetBytes);
  const count = 50_000;
  const rate = (run: () => void): string => {
    const startMs = performance.now();
    for (let index = 0; index < count; index++) run();
    return `${Math.round(count / (performance.now() - startMs))} k/s`;
  };
  const rtp = new RtpStream(1);
  for (const mode of ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"] as EncryptionMode[]) {
    const cipher = new TransportCipher(mode, key);
    printFigure(
      `encrypting packets of ${packetBytes} bytes, ${mode}`,
      rate(() => cipher.seal(rtp.nextHeader(), payload)),
    );
  }
  const nonce = Buffer.alloc(12);
  printFigure(
    "  AES-GCM of the platform alone",
    rate(() => {
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.update(payload);
      cipher.final();
      cipher.getAuthTag();
    }),
  );
}

/** Measures the packets per second that a bare socket sends. */
async function measureSending(): Promise<void> {
  const [socket, sink] = [createSocket("udp4"), createSocket("udp4")];
  sink.bind(0, "127.0.0.1");
  await once(sink, "listening");
  const payload = randomBytes(packetBytes);
  const count = 50_000;
  const startMs = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const next = (): void => {
      if (++sent < count) socket.send(payload, sink.address().port, "127.0.0.1", next);
      else resolve();
    };
    for (let index = 0; index < 50; index++) next();
  });
  printFigure(
    "packets sent by a bare UDP socket",
    `${Math.round(count / (performance.now() - startMs))} k/s`,
  );
  socket.close();
  sink.close();
}

measureCiphers();
await measureSending();
for (const endToEnd of [false, true]) await measureCalls(endToEnd);
process.exit(0);
