import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { expect } from "vitest";
import { Random } from "./random.ts";
import { anyRequest } from "./requests.ts";
import { closeFrame, frame, lineRupture, opening, upgrade } from "./ruptures.ts";
import { Target } from "./target.ts";

const allowedStatuses: readonly unknown[] = [200, 400, 401, 403, 404, 405, 409];
const mostInBatch = 60;
const rawConnections = 3;
const mebibyte = 1024 * 1024;
/** What a process may hold more at its end than when it was warm: caches, and the collector's leeway. */
const leewayBytes = 128 * mebibyte;
/** For a raw connection to which the server has nothing to say. */
const patienceMs = 200;
const endMark = "end of batch";

/** Sends requests over one connection, of which each must be answered with a status that exists. */
async function sendRequests(target: Target, random: Random): Promise<number> {
  const client = await target.open(random.pick(["lines", "websocket"]));
  // The first byte decides the framing, so that it cannot be left to chance.
  client.send({ command: "ping" });
  if (random.chance(0.8)) await target.logIn(client, random.below(target.accounts.length));
  const inputs = Array.from({ length: 1 + random.below(mostInBatch) }, () =>
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

/** What a raw connection does after a good or a bad beginning. */
function rawInput(random: Random, target: Target): Buffer[] {
  const kind = random.below(3);
  if (kind === 0) return [opening(random)];
  if (kind === 1) return [Buffer.from('{"command":"ping"}\n'), lineRupture(random)];
  const frames = random.list(5, () => frame(random, Buffer.from(anyRequest(random, target.known))));
  return [upgrade, ...frames, ...(random.chance(0.5) ? [closeFrame(random)] : [])];
}

/** Opens a connection below any protocol, writes, and goes away. */
async function writeRaw(target: Target, random: Random): Promise<number> {
  const pieces = rawInput(random, target);
  const socket = connectTls({ port: target.server.port, host: "127.0.0.1", rejectUnauthorized: false });
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "secureConnect");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  for (const piece of pieces) {
    // Sometimes in two parts, and sometimes all at once.
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
 * Throws requests, broken lines and broken frames at a server process. The same seed makes the same inputs, as
 * far as the server's own random uuids in them go. Fails where somebody else is not served, where an answer has
 * a status that may not be, and where the server keeps connections or memory.
 */
export async function fuzz(seed: number, inputs: number): Promise<void> {
  const target = await Target.start();
  const random = new Random(seed);
  let done = 0;
  let warmBytes: number | undefined;
  try {
    while (done < inputs) {
      done += await sendRequests(target, random);
      for (let count = 0; count < rawConnections; count++) done += await writeRaw(target, random);
      expect(await target.answersOthers()).toBe(true);
      if (warmBytes === undefined && done > inputs / 5) {
        warmBytes = await target.metric('process_memory_bytes{kind="rss"}');
      }
    }
    await target.untilAlone();
    const atEnd = await target.metric('process_memory_bytes{kind="rss"}');
    expect(atEnd - (warmBytes ?? 0)).toBeLessThan(leewayBytes);
    expect(await target.metric('asterite_commands_total{command="send",status="200"}')).toBeGreaterThan(0);
    expect(target.server.process.jsonLines().filter(({ level }) => Number(level) >= 50)).toEqual([]);
  } catch (error) {
    const log = target.server.process.stdout.slice(-5).join("\n");
    throw new Error(`seed ${seed}, after ${done} inputs; the server's last lines:\n${log}`, { cause: error });
  }
}
