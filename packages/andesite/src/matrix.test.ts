// Section 7 of the client's contract: the members of each class, one row per listing.

import { expect, it } from "vitest";
import * as andesite from "./index.ts";

const columns = [
  "ClientBase",
  "Client",
  "AbstractHTTP",
  "HTTPInterface",
  "HTTPBase",
  "HTTP",
  "AbstractWebSocket",
  "AbstractWebSocketClient",
  "WebSocketInterface",
  "WebSocketBase",
  "WebSocket",
] as const;

const all = [...columns];
const client = ["ClientBase", "Client"];
const webSockets = [
  "AbstractWebSocket",
  "AbstractWebSocketClient",
  "WebSocketInterface",
  "WebSocketBase",
  "WebSocket",
];
const connections = ["AbstractWebSocketClient", "WebSocketBase", "WebSocket"];
const https = ["AbstractHTTP", "HTTPInterface", "HTTPBase", "HTTP"];
const observables = ["ClientBase", "Client", "WebSocket"];
const operations = ["Client", "WebSocketInterface", "WebSocket"];
const routes = ["Client", "HTTPInterface", "HTTP"];

const matrix: readonly (readonly [members: string, classes: readonly string[]])[] = [
  ["http webSocket", client],
  ["addChild emit hasChild off on once removeChild subscribe", observables],
  ["close closed reset", all],
  ["connect connected connectionId disconnect", [...client, ...connections]],
  ["decodeTrack decodeTracks listen loadTracks loadTracksSafe searchTracks", routes],
  ["getStats", [...routes, "WebSocketInterface", "WebSocket"]],
  ["destroy filters getPlayer mixer pause ping play seek stop update voiceServerUpdate volume", operations],
  ["eventTarget loadPlayerState send sendOperation state", [...client, ...webSockets]],
  ["maxConnectAttempts webSocketClient", ["WebSocketBase", "WebSocket"]],
  ["nodeId nodeRegion", [...client, ...connections]],
  // In the document only of WebSocket; combined clients pass it on.
  ["userId", [...client, "WebSocketBase", "WebSocket"]],
  ["request", [...client, ...https]],
  ["session", ["HTTPBase", "HTTP"]],
];

/** Abstract members do not exist at run time, so a concrete subclass is checked for them. */
const abstractIn: Readonly<Record<string, string>> = {
  AbstractHTTP: "HTTPBase",
  HTTPInterface: "HTTP",
  AbstractWebSocket: "WebSocketBase",
  AbstractWebSocketClient: "WebSocketBase",
  WebSocketInterface: "WebSocket",
};

const classes = new Map(Object.entries(andesite)) as Map<string, unknown> as Map<
  string,
  abstract new () => object
>;
const classOf = (name: string): (abstract new () => object) => classes.get(name) ?? Object;

let listings = 0;
for (const [members, owners] of matrix) {
  for (const member of members.split(" ")) {
    for (const name of owners) {
      listings++;
      it(`${name} has ${member}`, () => {
        const { prototype } = classOf(name);
        const concrete = abstractIn[name];
        const has = member in prototype;
        if (!has && concrete !== undefined) {
          expect(Object.create(classOf(concrete).prototype) instanceof classOf(name)).toBe(true);
          expect(member in classOf(concrete).prototype).toBe(true);
        } else expect(has).toBe(true);
      });
    }
    for (const name of columns.filter((column) => !owners.includes(column))) {
      it(`${name} has no ${member}`, () => expect(member in classOf(name).prototype).toBe(false));
    }
  }
}

it("covers all members of the API document", () => expect(listings).toBeGreaterThanOrEqual(190));

it("has the documented class hierarchy", () => {
  const { HTTP, WebSocket, Client, HTTPBase, WebSocketBase } = andesite;
  const http = new HTTP("http://node/", null);
  const webSocket = new WebSocket("ws://node/", "1", null);
  const both = new Client(new HTTPBase("http://node/", null), new WebSocketBase("ws://node/", "1", null));
  expect(http).toBeInstanceOf(andesite.HTTPInterface);
  expect(http).toBeInstanceOf(andesite.AbstractHTTP);
  expect(webSocket).toBeInstanceOf(andesite.WebSocketInterface);
  expect(webSocket).toBeInstanceOf(andesite.AbstractWebSocketClient);
  expect(webSocket.eventTarget).toBe(webSocket);
  expect(both).toBeInstanceOf(andesite.ClientBase);
  expect(both).toBeInstanceOf(andesite.WebSocketInterface);
  expect(both).toBeInstanceOf(andesite.HTTPInterface);
  expect(both).not.toBeInstanceOf(andesite.AbstractWebSocketClient);
});
