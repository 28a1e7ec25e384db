// Plain HTTP on a port with TLS, as from a browser in which the address was entered without a scheme.

import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/server.ts";

async function send(port: number, ...parts: readonly string[]): Promise<string> {
  const socket = connectTcp(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.setNoDelay();
  for (const part of parts) socket.write(part);
  return await text(socket).catch(String);
}

it("redirects plain HTTP, explains it without a host, and still speaks TLS", async () => {
  const { port } = await startServer();
  const page = await send(port, "GET /a?b=c HTTP/1.1\r\nAccept: */*\r\nHost: chat.example:2345\r\n\r\n");
  expect(page).toMatch(/^HTTP\/1\.1 307 .*\r\nLocation: https:\/\/chat\.example:2345\/a\?b=c\r\n/);
  expect(page).toContain("This port uses TLS. Open https://chat.example:2345/a?b=c");
  expect(await send(port, "HEAD / HTTP/1.1\r\nHost: [::1]\r\n\r\n")).toContain(
    "Location: https://[::1]/\r\n",
  );
  for (const request of [
    "GET / HTTP/1.0\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n",
  ]) {
    expect(await send(port, request)).toMatch(/^HTTP\/1\.1 400 .*https:\/\/ instead/s);
  }
  const handshake = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  for (const other of ['{"command":"hello"}\n', handshake])
    expect(await send(port, other)).not.toContain("HTTP");
  const secure = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  onTestFinished(() => void secure.destroy());
  secure.write('{"command":"hello","client":"test/1","extensions":[]}\n');
  const reply = await new Promise<string>((resolve, reject) => {
    secure.on("error", reject).on("data", (data) => {
      if (String(data).includes("hello")) resolve(String(data));
    });
  });
  expect(reply).toContain("asterite/");
});
