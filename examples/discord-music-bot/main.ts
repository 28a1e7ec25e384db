// npm run example -- discord-music-bot: a music bot for Discord. See README.md beside this file.

import {
  addVoiceServerUpdateHandler,
  createClient,
  fromDiscordJs,
  WebSocketClosedEvent,
} from "@asterite/andesite";
import { Client, Events, GatewayIntentBits } from "discord.js";
import { commandDefinitions, handleCommand } from "./commands.ts";
import { GuildMusic } from "./guild-music.ts";

const { DISCORD_TOKEN, ANDESITE_URL = "http://localhost:5000", ANDESITE_PASSWORD = null } = process.env;
if (!DISCORD_TOKEN) {
  console.error("DISCORD_TOKEN is not set. Set it to the bot token from Discord's developer portal.");
  process.exit(2);
}

const discord = new Client({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates] });
// The client of the node needs the id of the bot, which is known after the login.
const ready = new Promise<Client<true>>((resolve) => discord.once(Events.ClientReady, resolve));
discord.on(Events.Error, (error) => console.error("discord:", error.message));
await discord.login(DISCORD_TOKEN);
const { user, application } = await ready;

const webSocketUrl = new URL("websocket", `${ANDESITE_URL.replace(/^http/, "ws")}/`);
const client = createClient(ANDESITE_URL, webSocketUrl, ANDESITE_PASSWORD, user.id);
const gateway = fromDiscordJs(discord);
addVoiceServerUpdateHandler(gateway, client, { onError: (error) => console.error("voice server:", error) });

const guilds = new Map<string, GuildMusic>();
const musicOf = (guildId: string): GuildMusic => {
  const music = guilds.get(guildId) ?? new GuildMusic(client, gateway, guildId);
  guilds.set(guildId, music);
  return music;
};

/** Logs errors of background work, so that they do not end the process. */
const runInBackground = (work: Promise<unknown> | undefined): void => void work?.catch(console.error);

client.on(WebSocketClosedEvent, async (event) => {
  const text = await guilds.get(event.guildId)?.handleVoiceClosed(event);
  if (text) console.log(`guild ${event.guildId}: ${text}`);
});
discord.on(Events.VoiceStateUpdate, (_before, { id, guild, channelId }) => {
  if (id === user.id) runInBackground(guilds.get(guild.id)?.handleChannelChange(channelId));
});
discord.on(Events.GuildDelete, ({ id }) => {
  runInBackground(guilds.get(id)?.close());
  guilds.delete(id);
});
discord.on(Events.InteractionCreate, (interaction) => {
  if (!interaction.isChatInputCommand() || !interaction.inCachedGuild()) return;
  runInBackground(handleCommand(interaction, musicOf(interaction.guildId)));
});

await application.commands.set(commandDefinitions);
console.log(`logged in as ${user.tag}`);

async function close(): Promise<void> {
  await Promise.all([...guilds.values()].map((music) => music.close()));
  await client.close();
  await discord.destroy();
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => runInBackground(close()));
