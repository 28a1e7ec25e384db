import { arg, type Bot, quote, UserError } from "@asterite/commands";
import { type InsertPosition, QueueError } from "@asterite/queue";
import { formatDuration, pluralize } from "../format.ts";
import type { DjSettings } from "../options.ts";
import type { ChannelMusic, DjContext } from "./channel-music.ts";

const query = arg.custom<string>({
  allowed: "search terms, a file or a URL",
  takesRest: true,
  parse: (text) => text,
});

/** Adds the commands that add tracks. */
export function addPlayCommands(bot: Bot<DjContext>, { prefix, maxQueue }: DjSettings): void {
  /** Finds and queues tracks. Returns the reply. */
  async function addTracks(music: ChannelMusic, text: string, insertAt: InsertPosition): Promise<string> {
    const channelPlayer = music.getOrCreatePlayer();
    const { tracks, playlist, omitted } = await channelPlayer.searchInOrder(() => music.findTracks(text));
    const { player } = channelPlayer;
    const wasBusy = player.isBusy;
    const free = maxQueue - player.queue.upcoming.length;
    const fitting = tracks.slice(0, Math.max(0, free));
    if (fitting.length === 0) throw new QueueError("QUEUE_FULL", "the queue has no room");
    const entries = player.add(fitting, music.requester, insertAt);
    const [first] = entries;
    if (!first) return "No tracks were added.";
    const isPlaying = !wasBusy && player.queue.current?.id === first.id;
    if (isPlaying) channelPlayer.markAnnounced(first);
    const missing = omitted + tracks.length - fitting.length;
    const note = missing > 0 ? ` ${pluralize(missing, "track")} didn't fit.` : "";
    if (playlist !== undefined) {
      const start = isPlaying ? `, starting with ${quote(first.track.title)}` : "";
      return `Added ${pluralize(entries.length, "track")} from ${quote(playlist)}${start}.${note}`;
    }
    const { title, author, lengthMs } = first.track;
    const name = `${quote(title)} by ${quote(author, 60)} (${formatDuration(lengthMs)})`;
    if (isPlaying) return `Playing ${name}.`;
    const number = player.queue.upcoming.findIndex(({ id }) => id === first.id) + 1;
    return `Added ${name} at position ${number} in the queue.`;
  }

  bot.command("play", {
    aliases: ["p"],
    description: "plays a track or playlist, or adds it to the queue",
    details:
      "Give search terms, the path of a file in the music folder, or the URL of a file, stream or playlist. " +
      `Without an argument it resumes playback, like \`${prefix}resume\`.`,
    args: { query: query.optional() },
    check: ({ music }, args) => music.checkAccess(args.query === undefined ? music.current : []),
    run: ({ music }, args) => {
      if (args.query !== undefined) return addTracks(music, args.query, "back");
      const { channelPlayer } = music;
      const isPlaying = channelPlayer?.player.isBusy && !channelPlayer.player.paused;
      if (!channelPlayer || channelPlayer.isEmpty || isPlaying) {
        throw new UserError(`What should I play? For example: \`${prefix}play moonlight sonata\``);
      }
      channelPlayer.player.resume();
      return "Resumed.";
    },
  });
  bot.command("playnext", {
    description: "adds a track or playlist to the front of the queue",
    args: { query },
    check: ({ music }) => music.checkAccess(music.upcoming),
    run: ({ music }, args) => addTracks(music, args.query, "front"),
  });
}
