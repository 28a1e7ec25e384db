import type { Bot } from "@asterite/commands";
import type { DjServices } from "../channel/channel-player.ts";
import type { ChannelPlayers } from "../channel/channel-players.ts";
import { addAudioCommands } from "./audio-commands.ts";
import { ChannelMusic } from "./channel-music.ts";
import { addInfoCommands } from "./info-commands.ts";
import { addPlayCommands } from "./play-commands.ts";
import { addPlaybackCommands } from "./playback-commands.ts";
import { addPlaylistCommands } from "./playlist-commands.ts";
import { addQueueCommands } from "./queue-commands.ts";

/** Adds all commands to the bot, in the order of the help. */
export function addCommands(bot: Bot, players: ChannelPlayers, services: DjServices): void {
  const { settings } = services;
  const musicBot = bot.extend((context) => ({ music: new ChannelMusic(context, players, services) }));
  addPlayCommands(musicBot, settings);
  addPlaybackCommands(musicBot, players, settings);
  addQueueCommands(musicBot, players);
  addPlaylistCommands(musicBot, services.playlists, settings);
  addAudioCommands(musicBot, settings);
  addInfoCommands(musicBot, players);
}
