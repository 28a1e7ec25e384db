// "!play QUERY", "!skip" and "!now" on two audio nodes. When one dies, the other continues the track.
// npm run example -- bots/music [HOST] [PORT] [NODE_URL] [OTHER_NODE_URL]; ANDESITE_PASSWORD is the nodes' password.

import { createPool } from "@asterite/andesite";
import { Client } from "@asterite/aster";
import { arg, Bot, formatDuration, quote, UserError } from "@asterite/commands";
import { QueuePlayer, toQueueTrack } from "@asterite/queue";

const [host = "localhost", port = "2345", ...urls] = process.argv.slice(2);
const { ANDESITE_PASSWORD: password = null } = process.env;
const nodes = urls.length > 0 ? urls : ["http://localhost:5000", "http://localhost:5001"];
const pool = createPool(
  nodes.map((url) => [url, password] as const),
  nodes.map((url) => [new URL("websocket", url.replace(/^http/, "ws")), password] as const),
  { userId: "1", state: false, webSocketPoolOptions: { migrateAfterMs: 0 } },
);
const player = new QueuePlayer(pool, "1", { radio: true });
const client = new Client({ username: "music", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });
const bot = new Bot(client);
bot.command("play", {
  args: { query: arg.rest() },
  run: async (context, { query }) => {
    const { tracks } = await context.withTyping(() => pool.loadTracks(`search:${query}`));
    if (!tracks?.[0]) throw new UserError(`There's no track ${quote(query)}.`);
    player.add([toQueueTrack(tracks[0])], { id: String(context.author.uuid), name: context.author.username });
    return `Added ${quote(tracks[0].info.title)}.`;
  },
});
bot.command("skip", () => `Now: ${quote(player.skip()?.track.title ?? "")}`);
bot.command("now", () => {
  const { current } = player.queue;
  return `${quote(current?.track.title ?? "")} at ${formatDuration(player.positionMs)}`;
});
client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
await player.close();
await pool.close();
