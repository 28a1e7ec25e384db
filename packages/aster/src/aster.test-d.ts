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
  it("have typed arguments", () => {
    client.on("message", (message) => expectTypeOf(message).toEqualTypeOf<Message>());
    client.on("messageEdit", (edit, from) => {
      expectTypeOf(edit).toEqualTypeOf<MessageEdit>();
      expectTypeOf(from).toEqualTypeOf<Server>();
    });
    client.on("status", (status) => expectTypeOf(status).toEqualTypeOf<SessionStatus>());
    server.on("serverUpdate", (from) => expectTypeOf(from).toEqualTypeOf<Server>());
    expectTypeOf(client.once("userUpdate")).resolves.toEqualTypeOf<[user: User, server: Server]>();
    expectTypeOf(server.events("packet")[Symbol.asyncIterator]().next()).resolves.toEqualTypeOf<
      IteratorResult<ServerEvents["packet"], undefined>
    >();
  });

  it("reject unknown names", () => {
    // @ts-expect-error no such event
    client.on("mesage", () => {});
    // @ts-expect-error this event has a server as its argument
    client.on("ready", (message: Message) => message);
  });

  it("accept handlers of the three types only", () => {
    client.event(function onMessage(message: Message) {
      expectTypeOf(message.author).toEqualTypeOf<User>();
    });
    client.event(async function onPacket(packet: Packet) {
      expectTypeOf(packet.command).toBeString();
      await Promise.resolve();
    });
    client.event(function onReady() {});
    client.event(async function onMessage(message) {
      expectTypeOf(message).toEqualTypeOf<Message>();
      await message.reply("typed");
    });
    client.event({
      onMessage: (message) => expectTypeOf(message).toEqualTypeOf<Message>(),
      async on_packet(packet) {
        expectTypeOf(packet).toEqualTypeOf<Packet>();
        await Promise.resolve();
      },
      onReady() {},
    });
    // @ts-expect-error no such event
    client.event({ onMesage() {} });
    // @ts-expect-error the handler receives a packet, not a message
    client.event({ onPacket: (message: Message) => message.reply("no") });
    // @ts-expect-error the handler receives a message, not a string
    client.event(function onMessage(text: string) {
      return text;
    });
  });
});

describe("commands", () => {
  it("have typed fields and replies", () => {
    expectTypeOf(server.command("get_num_unread", { channel: 1 })).resolves.toEqualTypeOf<{ num: number }>();
    // @ts-expect-error a channel is a number
    void server.command("get_num_unread", { channel: "1" });
    // @ts-expect-error no such command
    void server.command("nonsense", {});
  });
});

it("makes properties read-only", () => {
  const message = {} as Message;
  expectTypeOf(message.nonce).toEqualTypeOf<string | undefined>();
  // @ts-expect-error a message is changed with edit()
  message.content = "x";
  // @ts-expect-error only the server can change its name
  server.name = "x";
  // @ts-expect-error only the library changes the list
  server.channels.push();
});

it("rejects server-specific options for a client", () => {
  assertType<ClientOptions>({ username: "a", password: "b", reconnect: false });
  // @ts-expect-error a uuid is valid on one server only
  new Client({ uuid: 5 });
  // @ts-expect-error a token is valid on one server only
  new Client({ token: "t" });
});
