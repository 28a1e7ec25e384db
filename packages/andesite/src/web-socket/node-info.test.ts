import { expect, it } from "vitest";
import { NodeInfo } from "./node-info.ts";
import type { WebSocketLike } from "./socket.ts";

const socketWith = (headers: Readonly<Record<string, string>>) =>
  ({ header: (name: string) => headers[name.toLowerCase()] ?? null }) as WebSocketLike;
const idsOf = ({ nodeRegion, nodeId, connectionId }: NodeInfo) => [nodeRegion, nodeId, connectionId];

it("prefers the headers of the handshake to the metadata message", () => {
  const info = new NodeInfo();
  info.readHeaders(
    socketWith({
      "andesite-node-region": "eu",
      "andesite-node-id": "n1",
      "andesite-connection-id": "7",
    }),
  );
  info.readMetadata({ nodeRegion: "us", nodeId: "n2" });
  expect(idsOf(info)).toEqual(["eu", "n1", "7"]);
  // A node that sends one of them in a header, and the other in the message.
  info.readHeaders(socketWith({ "andesite-node-id": "n3" }));
  expect(idsOf(info)).toEqual(["eu", "n3", "7"]);
  info.readMetadata({ nodeRegion: "us", nodeId: "n2" });
  expect(idsOf(info)).toEqual(["us", "n3", "7"]);
  info.readMetadata({ nodeRegion: 5, nodeId: null });
  expect(idsOf(info)).toEqual(["us", "n3", "7"]);
});

it("takes only connection ids that fit into a header", () => {
  const info = new NodeInfo();
  const longest = "x".repeat(256);
  info.setConnectionId(longest);
  for (const id of ["", "a b", "a\n", "ä", "x".repeat(257)]) {
    expect(() => info.setConnectionId(id)).toThrow(expect.objectContaining({ field: "id" }));
  }
  expect(info.connectionId).toBe(longest);
});
