import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { SocketWriter } from "./socket-writer.ts";
import { WriteBatcher } from "./write-batcher.ts";

const megabyte = 1024 * 1024;

async function openPair(): Promise<{
  readonly writer: SocketWriter;
  readonly socket: Socket;
  readonly peer: Socket;
}> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const { port } = server.address() as { port: number };
  const peer = connect(port, "127.0.0.1");
  const [socket] = await accepted;
  socket.on("error", () => {});
  onTestFinished(() => {
    for (const end of [socket, peer]) end.destroy();
    server.close();
  });
  return { writer: new SocketWriter(socket, new WriteBatcher()), socket, peer };
}

it("passes a long packet to the socket in parts, and later ones behind it", async () => {
  const { writer, socket, peer } = await openPair();
  peer.pause();
  const long = Buffer.alloc(20 * megabyte, "x");
  writer.write(long, true);
  writer.flush(Buffer.concat);
  expect(socket.writableLength).toBeLessThan(megabyte);
  expect(writer.unsentBytes).toBeGreaterThan(10 * megabyte);
  writer.write(Buffer.from("short"), false);
  expect(writer.unsentPushBytes).toBeLessThan(megabyte);
  let isFinished = false;
  writer.finish(() => {
    isFinished = true;
    socket.end();
  });
  expect(isFinished).toBe(false);
  const chunks: Buffer[] = [];
  peer.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(peer, "end");
  const received = Buffer.concat(chunks);
  expect(received.length).toBe(long.length + 5);
  expect(`${received.subarray(-6)}`).toBe("xshort");
});

it("resolves when the peer has read enough, or is gone", async () => {
  const { writer, peer } = await openPair();
  peer.pause();
  writer.write(Buffer.alloc(20 * megabyte), true);
  writer.flush(Buffer.concat);
  let isSent = false;
  const sent = writer.waitUntilSent(megabyte).then(() => {
    isSent = true;
  });
  await once(peer, "readable");
  expect(isSent).toBe(false);
  peer.resume();
  await sent;
  expect(writer.unsentBytes).toBeLessThanOrEqual(megabyte);
  peer.pause();
  writer.write(Buffer.alloc(20 * megabyte), true);
  writer.flush(Buffer.concat);
  const closed = writer.waitUntilSent(megabyte);
  peer.destroy();
  await closed;
});
