// npm run example -- andesite-play QUERY: loads and plays a track, prints its events, seeks, filters and
// stops.
//
// ANDESITE_URL (default http://localhost:5000) and ANDESITE_PASSWORD (default: none) select the node. Without a bot in a
// voice channel the track is not audible, but the node plays it until it removes the idle player.

import {
  createClient,
  FilterMap,
  PlayerUpdate,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
} from "@asterite/andesite";

const { ANDESITE_URL = "http://localhost:5000", ANDESITE_PASSWORD = null } = process.env;
const query = process.argv.slice(2).join(" ") || "ytsearch:never gonna give you up";
const guildId = "1";

const webSocketUrl = new URL("websocket", `${ANDESITE_URL.replace(/^http/, "ws")}/`);
await using client = createClient(ANDESITE_URL, webSocketUrl, ANDESITE_PASSWORD, "1");

client.on(TrackStartEvent, () => console.log("started"));
client.on(TrackEndEvent, ({ reason }) => console.log(`ended: ${reason}`));
client.on(TrackExceptionEvent, ({ exception }) => console.log(`failed: ${exception}`));
client.on(PlayerUpdate, ({ state }) => console.log(`at ${state?.livePosition?.toFixed(0) ?? "-"} s`));

const found = await client.loadTracks(query);
const track = found.getSelectedTrack() ?? found.tracks?.[0];
if (!track) throw new Error(`no track found: ${found.cause ?? found.loadType}`);
console.log(`playing ${track}`);

await client.play(guildId, track.track, { volume: 0.5 });
await client.getPlayer(guildId);
await client.seek(guildId, 30);

const filters = new FilterMap();
filters.timescale.setSpeed(1.25);
await client.filters(guildId, filters);
await client.getPlayer(guildId);

const ended = client.subscribe(TrackEndEvent).first();
await client.stop(guildId);
await ended;
await client.destroy(guildId);
await client.ping(guildId);
