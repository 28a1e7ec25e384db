// npm run example -- andesite-state files FOLDER [TRACK], or key-value FILE [TRACK]: plays a track and a jingle in the
// mixer, and remembers them outside of the program. When it is started again, it goes on where it was.
//
// The node is at ANDESITE_URL (default http://localhost:5000) with ANDESITE_PASSWORD (default: none).

import { createClient, Play, type State, TrackStartEvent } from "@asterite/andesite";
import { openFileState } from "./stores/file-state.ts";
import { openKeyValueState, storedGuilds } from "./stores/key-value-state.ts";
import { openSqliteKeyValue } from "./stores/sqlite-key-value.ts";

const { ANDESITE_URL = "http://localhost:5000", ANDESITE_PASSWORD = null } = process.env;
const [kind, place, track] = process.argv.slice(2);
if (place === undefined || (kind !== "files" && kind !== "key-value")) {
  throw new Error("Usage: andesite-state files FOLDER [TRACK], or key-value FILE [TRACK]");
}
const ended = new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
const report = (error: unknown) => console.error(`cannot remember: ${error}`);

/** The state, and the guilds that it knows already. */
async function open(where: string): Promise<[state: State, guildIds: readonly string[]]> {
  if (kind === "files") {
    const state = await openFileState(where, report);
    return [state, [...(state.playerStates?.keys() ?? [])]];
  }
  const store = openSqliteKeyValue(where);
  return [openKeyValueState(store, report), await storedGuilds(store)];
}

const [state, guildIds] = await open(place);
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
