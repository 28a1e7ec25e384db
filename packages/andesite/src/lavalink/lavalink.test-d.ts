import { expectTypeOf, it } from "vitest";
import type {
  AbstractHTTP,
  AbstractWebSocket,
  AbstractWebSocketClient,
  Client,
  WebSocketClientOptions,
} from "../index.ts";
import {
  createLavalinkClient,
  type LavalinkHTTP,
  type LavalinkWebSocket,
  type LavalinkWebSocketOptions,
  type UnsupportedOperationError,
} from "./index.ts";

it("creates the client of Andesite nodes", () => {
  expectTypeOf(createLavalinkClient).returns.toEqualTypeOf<Client>();
  expectTypeOf(createLavalinkClient).parameter(0).toEqualTypeOf<string | URL>();
  expectTypeOf(createLavalinkClient).parameter(1).toEqualTypeOf<string | null>();
});

it("has clients that pools and combined clients accept", () => {
  expectTypeOf<LavalinkHTTP>().toExtend<AbstractHTTP>();
  expectTypeOf<LavalinkWebSocket>().toExtend<AbstractWebSocket>();
  expectTypeOf<LavalinkWebSocket>().toExtend<AbstractWebSocketClient>();
  expectTypeOf<WebSocketClientOptions>().toExtend<LavalinkWebSocketOptions>();
});

it("names what a node does not have", () => {
  expectTypeOf<UnsupportedOperationError["code"]>().toEqualTypeOf<"UNSUPPORTED_OPERATION">();
  expectTypeOf<UnsupportedOperationError["operation"]>().toEqualTypeOf<string>();
  expectTypeOf<UnsupportedOperationError["field"]>().toEqualTypeOf<string | null>();
});
