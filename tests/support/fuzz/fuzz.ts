import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { expect } from "vitest";
import { Random } from "./random.ts";
import { anyRequest } from "./requests.ts";
import { closeFrame, frame, lineRupture, opening, upgrade } from "./ruptures.ts";
import { Target } from "./target.ts";

const allowedStatuses: readonly unknown[] = [200, 400, 401, 403, 404, 405, 409];
const maxBatchSize = 60;
const rawConnections = 3;
const mebibyte = 1024 * 1024;
/** Allowed growth of the process's memory after the warm-up, for caches and garbage. */
const leewayBytes = 128 * mebibyte;
/** Time after which a raw connection without a response is closed. */
const patienceMs = 200;
const endMark = "end of batch";

/** Sends requests on one connection and checks that each is answered with an existing status. */
async function sendRequests(target: Target, random: Random): Promise<number> {
  const client = await target.open(random.pick(["lines", "websocket"]));
  // The first byte determines the framing, so it is not random.
  client.send({ command: "ping" });
  if (random.chance(0.8)) await target.logIn(client, random.below(target.accounts.length));
  const inputs = Array.from({ length: 1 + random.below(maxBatchSize) }, () =>
    anyRequest(random, target.known),
  );
  const before = client.packets.length;
  for (const text of inputs) client.send(text);
  client.send({ command: endMark });
  await client
    .until(({ command }) => command === endMark)
    .catch((error: unknown) => {
      throw new Error(`no answer to one of:\n${inputs.join("\n")}`, { cause: error });
    });
  await client.close();
  const wrong = client.packets.slice(before).filter(({ status }) => !allowedStatuses.includes(status));
  if (wrong.length > 0) {
    const commands = wrong.map(({ command }) => command);
    const suspects = inputs.filter((text) => commands.some((command) => text.includes(String(command))));
    throw new Error(`${JSON.stringify(wrong.slice(0, 5))} after one of:\n${suspects.join("\n")}`);
  }
  target.learn(client);
  return inputs.length;
}

/** Returns the input of a raw connection with a valid or invalid beginning. */
function rawInput(random: Random, target: Target): Buffer[] {
  const kind = random.below(3);
  if (kind === 0) return [opening(random)];
  if (kind === 1) return [Buffer.from('{"command":"ping"}\n'), lineRupture(random)];
  const frames = random.list(5, () => frame(random, Buffer.from(anyRequest(random, target.known))));
  return [upgrade, ...frames, ...(random.chance(0.5) ? [closeFrame(random)] : [])];
}

/** Opens a raw TLS connection, writes arbitrary bytes and closes it. */
async function writeRaw(target: Target, random: Random): Promise<number> {
  const pieces = rawInput(random, target);
  const socket = connectTls({ port: target.server.port, host: "127.0.0.1", rejectUnauthorized: false });
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "secureConnect");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  for (const piece of pieces) {
    // Some pieces are sent in two parts.
    const cut = random.chance(0.3) ? random.below(piece.length + 1) : piece.length;
    socket.write(piece.subarray(0, cut));
    if (cut < piece.length) await new Promise(setImmediate);
    socket.write(piece.subarray(cut));
  }
  if (random.chance(0.2)) socket.destroy();
  else socket.end();
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  await closed;
  clearTimeout(timer);
  return pieces.length;
}

/**
 * Sends random requests, broken lines and broken frames to a server process. The same seed creates the same
 * inputs except for uuids from the server. Fails if another client is not served, a reply has an unexpected
 * status, or the server leaks connections or memory.
 *
 * @param database - Address of a PostgreSQL database. Default: an SQLite file.
 */
export async function fuzz(seed: number, inputs: number, database?: string): Promise<void> {
  const target = await Target.start(database);
  const random = new Random(seed);
  let done = 0;
  let warmBytes: number | undefined;
  try {
    while (done < inputs) {
      done += await sendRequests(target, random);
      for (let count = 0; count < rawConnections; count++) done += await writeRaw(target, random);
      expect(await target.servesOthers()).toBe(true);
      if (warmBytes === undefined && done > inputs / 5) {
        warmBytes = await target.metric('process_memory_bytes{kind="rss"}');
      }
    }
    await target.waitUntilIdle();
    const atEnd = await target.metric('process_memory_bytes{kind="rss"}');
    expect(atEnd - (warmBytes ?? 0)).toBeLessThan(leewayBytes);
    expect(await target.metric('asterite_commands_total{command="send",status="200"}')).toBeGreaterThan(0);
    expect(target.server.process.jsonLines().filter(({ level }) => Number(level) >= 50)).toEqual([]);
  } catch (error) {
    const log = target.server.process.stdout.slice(-5).join("\n");
    throw new Error(`seed ${seed}, after ${done} inputs; the server's last lines:\n${log}`, { cause: error });
  }
}
