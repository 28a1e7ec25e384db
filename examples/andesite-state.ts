// npm run example -- andesite-state files FOLDER [TRACK], or key-value FILE [TRACK]: plays a track and a
// jingle in the
// mixer, and stores the players. When it is started again, it continues where it stopped.
//
// ANDESITE_URL (default http://localhost:5000) and ANDESITE_PASSWORD (default: none) select the node.

import { createClient, Play, type State, TrackStartEvent } from "@asterite/andesite";
import { openFileState } from "./stores/file-state.ts";
import { openKeyValueState, storedGuilds } from "./stores/key-value-state.ts";
import { openSqliteKeyValue } from "./stores/sqlite-key-value.ts";

const { ANDESITE_URL = "http://localhost:5000", ANDESITE_PASSWORD = null } = process.env;
const [storeType, location, track] = process.argv.slice(2);
if (location === undefined || (storeType !== "files" && storeType !== "key-value")) {
  throw new Error("Usage: andesite-state files FOLDER [TRACK], or key-value FILE [TRACK]");
}
const ended = new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
const report = (error: unknown) => console.error(`could not store the player: ${error}`);

/** Opens the state and returns it with the ids of its guilds. */
async function openState(path: string): Promise<[state: State, guildIds: readonly string[]]> {
  if (storeType === "files") {
    const state = await openFileState(path, report);
    return [state, [...(state.playerStates?.keys() ?? [])]];
  }
  const store = openSqliteKeyValue(path);
  return [openKeyValueState(store, report), await storedGuilds(store)];
}

const [state, guildIds] = await openState(location);
const webSocketUrl = new URL("websocket", `${ANDESITE_URL.replace(/^http/, "ws")}/`);
await using client = createClient(ANDESITE_URL, webSocketUrl, ANDESITE_PASSWORD, "1", { state });
client.on(TrackStartEvent, ({ guildId }) => console.log(`started in guild ${guildId}`));

for (const guildId of guildIds) {
  await client.loadPlayerState(await state.get(guildId));
  console.log(`restored guild ${guildId}`);
}
if (track !== undefined) {
  await client.play("1", track, { volume: 0.5 });
  await client.mixer("1", false, { jingle: new Play(track, { volume: 0.25 }) });
  await client.ping("1");
}
console.log("ready");
await ended;
