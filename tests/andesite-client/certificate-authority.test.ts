// The option `socket.ca` adds an authority to those of the platform.

import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { tryConnect } from "@asterite/andesite";
import { type Certificate, createAuthority } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

/** Starts a WebSocket server with a certificate, and returns its address. */
async function startServer({ key, cert }: Certificate): Promise<string> {
  const server = createServer({ key, cert });
  new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `wss://127.0.0.1:${(server.address() as AddressInfo).port}/websocket`;
}

it("trusts the given authority and those of the platform, and no others", async () => {
  const [platform, own] = [await createAuthority(), await createAuthority()];
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, platform.ca]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
  const [ofPlatform, ofOwn] = [
    await startServer(await platform.issue()),
    await startServer(await own.issue()),
  ];
  const connects = async (url: string, ca: string | null) => {
    const socket = await tryConnect(url, { ca });
    socket?.terminate();
    return socket !== null;
  };
  expect([await connects(ofPlatform, null), await connects(ofOwn, null)]).toEqual([true, false]);
  expect([await connects(ofPlatform, own.ca), await connects(ofOwn, own.ca)]).toEqual([true, true]);
});
