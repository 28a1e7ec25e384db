// Wrong arguments of callers without types, on a real node: each is refused with an error that names it.

import {
  addVoiceServerUpdateHandler,
  connectVoiceChannel,
  createClient,
  createPool,
  Equalizer,
  fromDiscordJs,
  fromRawPackets,
  Karaoke,
  PlayerUpdate,
  State,
} from "@asterite/andesite";
import {
  compareRegions,
  createRegionComparator,
  HTTPPool,
  InvalidTypeError,
  playerDetailsToRaw,
  playerToRaw,
  readReceiveOperation,
  updateVoiceState,
  voiceServerUpdateToRaw,
  WebSocketPool,
} from "@asterite/andesite/advanced";
import { createNode } from "@asterite/andesite-node";
import { expect, it, onTestFinished } from "vitest";

const wrong = (value: unknown): never => value as never;
const guild = "5";

async function connect() {
  const node = await createNode({ http: { host: "127.0.0.1", port: 0 } });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const address = `127.0.0.1:${node.port}`;
  const client = createClient(`http://${address}`, `ws://${address}/websocket`, null, "1");
  onTestFinished(() => client.close());
  return client;
}

const gateway = fromRawPackets({ userId: "1", send: () => {} });

type Client = Awaited<ReturnType<typeof connect>>;

const rows: readonly (readonly [message: string, call: (client: Client) => unknown])[] = [
  ["tracks must be an array or another iterable", (client) => client.decodeTracks(wrong(undefined))],
  ["tracks must be an array or another iterable", (client) => client.decodeTracks(wrong(5))],
  ["tracks must be an array or another iterable", (client) => client.decodeTracks(wrong("AAAA"))],
  ["userId must be", (client) => client.listen(guild, wrong(undefined))],
  ["method must be a string", (client) => client.request(wrong(undefined), "stats")],
  ["players must be an object", (client) => client.mixer(guild, true, wrong(5))],
  ["options must be an object", (client) => client.voiceServerUpdate(guild, "s", {}, wrong(5))],
  ["type must be a function", (client) => client.waitForReceive(wrong(null))],
  ["playerState must be a player state", (client) => client.loadPlayerState(wrong(null))],
  ["options must be an object", (client) => client.update(guild, wrong(5))],
  ["httpNodes must be an array", () => createPool(wrong(5), [], { userId: "1" })],
  ["webSocketNodes.0 must be an array", () => createPool([], wrong([null]), { userId: "1" })],
  ["bands must be an array", () => new Equalizer(wrong(null))],
  ["bands.0 must be an EqualizerBand", () => new Equalizer(wrong([5]))],
  ["options must be an object", () => new Karaoke(wrong(5))],
  ["levle must be one of the options", () => new Karaoke(wrong({ levle: 1 }))],
  ["options must be an object", () => new State(wrong(5))],
  ["keepState must be one of the options", () => new State(wrong({ keepState: false }))],
  ["stateFactory must be a function", () => new State({ stateFactory: wrong(5) })],
  ["options must be an object", () => new State(wrong(new Date()))],
  ["options must be an object", (client) => client.getPlayer(guild, wrong(new Map()))],
  ["clients must be an array or another iterable", () => new HTTPPool(wrong(5))],
  ["clients must be an array or another iterable", () => new WebSocketPool(wrong(null))],
  ["gateway must be a DiscordGateway", (client) => addVoiceServerUpdateHandler(wrong(5), client)],
  ["player must be a Player", () => playerToRaw(wrong(null))],
  ["player must be a Player", () => playerToRaw(wrong({ toRaw: () => ({}) }))],
  ["update must be a VoiceServerUpdate", () => voiceServerUpdateToRaw(wrong(undefined))],
  ["details must be PlayerDetails", () => playerDetailsToRaw(wrong(null))],
  ["details must be PlayerDetails", () => playerDetailsToRaw(wrong({ mixer: 5 }))],
  ["body must be an object", () => readReceiveOperation(wrong(null))],
  ["body must be an object", () => readReceiveOperation(wrong("x"))],
  [
    "onError must be a function",
    (client) => addVoiceServerUpdateHandler(gateway, client, { onError: wrong(5) }),
  ],
  ["client must be a client of discord.js", () => fromDiscordJs(wrong(null))],
  ["options must be an object with userId and send", () => fromRawPackets(wrong(null))],
  ["userId must be a string", () => fromRawPackets({ userId: wrong(5), send: () => {} })],
  ["gateway must be a DiscordGateway", (client) => addVoiceServerUpdateHandler(wrong({}), client)],
  ["gateway must be a DiscordGateway", () => updateVoiceState(wrong(null), guild, null)],
  ["channel must be a voice channel", () => connectVoiceChannel(wrong({}), wrong(undefined))],
  ["region must be a string", () => compareRegions(wrong(null), "us")],
  ["guildRegion must be a function", () => createRegionComparator(wrong(null))],
];

it("refuses wrong arguments, and names them", async () => {
  const client = await connect();
  for (const [message, call] of rows) {
    await expect((async () => call(client))(), message).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:INVALID_TYPE|SNOWFLAKE_TYPE|INVALID_SNOWFLAKE)/),
      message: expect.stringContaining(message),
    });
  }
});

it("an update without fields changes nothing, and the node replies with the player", async () => {
  const client = await connect();
  await client.volume(guild, 0.5);
  for (const nothing of [undefined, null, {}, { volume: null }]) {
    const replied = client.waitForReceive(PlayerUpdate, { guildId: guild });
    await client.update(guild, nothing);
    expect((await replied).state).toMatchObject({ volume: 0.5, paused: false });
  }
});

it("replies to many queries of a guild and of others at once", async () => {
  const client = await connect();
  const guilds = Array.from({ length: 300 }, (_, index) => String(index % 3));
  const stats = await Promise.all(guilds.map((each) => client.getStats(each)));
  const players = await Promise.all(guilds.map((each) => client.getPlayer(each)));
  expect(stats.every(({ runtime }) => runtime !== null)).toBe(true);
  expect(players).toHaveLength(300);
});

it("constructs errors about arguments without options", () => {
  for (const options of [undefined, null]) {
    const error = new InvalidTypeError("track", "a string", options);
    expect([error.message, error.value, error.cause]).toEqual([
      "track must be a string",
      undefined,
      undefined,
    ]);
  }
});
