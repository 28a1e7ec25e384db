import { assertType, describe, expectTypeOf, it } from "vitest";
import {
  Client,
  type ClientOptions,
  type Message,
  type MessageEdit,
  type Packet,
  type Server,
  type ServerEvents,
  type SessionStatus,
  type User,
} from "./index.ts";

declare const client: Client;
declare const server: Server;

describe("events", () => {
  it("give their listeners typed arguments", () => {
    client.on("message", (message) => expectTypeOf(message).toEqualTypeOf<Message>());
    client.on("messageEdit", (edit, from) => {
      expectTypeOf(edit).toEqualTypeOf<MessageEdit>();
      expectTypeOf(from).toEqualTypeOf<Server>();
    });
    client.on("status", (status) => expectTypeOf(status).toEqualTypeOf<SessionStatus>());
    expectTypeOf(client.once("userUpdate")).resolves.toEqualTypeOf<[user: User, server: Server]>();
    expectTypeOf(server.events("packet")[Symbol.asyncIterator]().next()).resolves.toEqualTypeOf<
      IteratorResult<ServerEvents["packet"], undefined>
    >();
  });

  it("have only known names", () => {
    // @ts-expect-error
    client.on("mesage", () => {});
    // @ts-expect-error
    client.on("ready", (message: Message) => message);
  });

  it("take functions of the three shapes for handlers", () => {
    client.event(function onMessage(message: Message) {
      expectTypeOf(message.author).toEqualTypeOf<User>();
    });
    client.event(async function onPacket(packet: Packet) {
      expectTypeOf(packet.command).toBeString();
      await Promise.resolve();
    });
    client.event(function onReady() {});
    // @ts-expect-error
    client.event(function onMessage(text: string) {
      return text;
    });
  });
});

describe("commands", () => {
  it("know their fields and replies", () => {
    expectTypeOf(server.command("get_num_unread", { channel: 1 })).resolves.toEqualTypeOf<{ num: number }>();
    // @ts-expect-error
    void server.command("get_num_unread", { channel: "1" });
    // @ts-expect-error
    void server.command("nonsense", {});
  });
});

it("what is read cannot be written", () => {
  const message = {} as Message;
  // @ts-expect-error
  message.content = "x";
  // @ts-expect-error
  server.name = "x";
  // @ts-expect-error
  server.channels.push();
});

it("options of one server are not options of all", () => {
  assertType<ClientOptions>({ username: "a", password: "b", reconnect: false });
  // @ts-expect-error
  new Client({ uuid: 5 });
  // @ts-expect-error
  new Client({ token: "t" });
});
