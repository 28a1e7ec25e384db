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
    // @ts-expect-error no such event
    client.on("mesage", () => {});
    // @ts-expect-error this event brings a server
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
    // @ts-expect-error the handler gets a message, not a text
    client.event(function onMessage(text: string) {
      return text;
    });
  });
});

describe("commands", () => {
  it("know their fields and replies", () => {
    expectTypeOf(server.command("get_num_unread", { channel: 1 })).resolves.toEqualTypeOf<{ num: number }>();
    // @ts-expect-error a channel is a number
    void server.command("get_num_unread", { channel: "1" });
    // @ts-expect-error no such command
    void server.command("nonsense", {});
  });
});

it("what is read cannot be written", () => {
  const message = {} as Message;
  // @ts-expect-error a message is changed with edit()
  message.content = "x";
  // @ts-expect-error the name is the server's to change
  server.name = "x";
  // @ts-expect-error the list is kept by the library
  server.channels.push();
});

it("options of one server are not options of all", () => {
  assertType<ClientOptions>({ username: "a", password: "b", reconnect: false });
  // @ts-expect-error an account's number belongs to one server
  new Client({ uuid: 5 });
  // @ts-expect-error a token belongs to one server
  new Client({ token: "t" });
});
