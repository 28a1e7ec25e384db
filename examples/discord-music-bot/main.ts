// npm run example -- discord-music-bot: a music bot for Discord. See README.md beside this file.

import {
  addVoiceServerUpdateHandler,
  createClient,
  fromDiscordJs,
  WebSocketClosedEvent,
} from "@asterite/andesite";
import { Client, Events, GatewayIntentBits } from "discord.js";
import { descriptions, runCommand } from "./commands.ts";
import { GuildMusic } from "./guild-music.ts";

const { DISCORD_TOKEN, ANDESITE_URL = "http://localhost:5000", ANDESITE_PASSWORD = null } = process.env;
if (!DISCORD_TOKEN) {
  console.error("DISCORD_TOKEN is not set: it is the bot's token from Discord's developer portal.");
  process.exit(2);
}

const discord = new Client({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates] });
// The client of the node needs the bot's user id, which is known after login.
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

/** Runs a task without awaiting it. A failure is logged and does not stop the bot. */
const inBackground = (task: Promise<unknown> | undefined): void => void task?.catch(console.error);

client.on(WebSocketClosedEvent, async (event) => {
  const message = await guilds.get(event.guildId)?.handleVoiceClosed(event);
  if (message) console.log(`guild ${event.guildId}: ${message}`);
});
discord.on(Events.VoiceStateUpdate, (_before, { id, guild, channelId }) => {
  if (id === user.id) inBackground(guilds.get(guild.id)?.handleMoved(channelId));
});
discord.on(Events.GuildDelete, ({ id }) => {
  inBackground(guilds.get(id)?.close());
  guilds.delete(id);
});
discord.on(Events.InteractionCreate, (interaction) => {
  if (!interaction.isChatInputCommand() || !interaction.inCachedGuild()) return;
  inBackground(runCommand(interaction, musicOf(interaction.guildId)));
});

await application.commands.set(descriptions);
console.log(`logged in as ${user.tag}`);

async function shutDown(): Promise<void> {
  await Promise.all([...guilds.values()].map((music) => music.close()));
  await client.close();
  await discord.destroy();
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => inBackground(shutDown()));
