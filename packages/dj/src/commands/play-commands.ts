import { arg, type Bot, quote, UserError } from "@asterite/commands";
import { resolveHits, shortenHits } from "../nodes/hits.ts";
import type { Finding, TrackSearch } from "../nodes/track-search.ts";
import type { DjSettings } from "../options.ts";
import { type AddMode, addTracks } from "./add-tracks.ts";
import type { DjContext } from "./channel-music.ts";
import { Choices } from "./choices.ts";

/** Maximum number of hits in a list. */
const maxChoices = 10;

const query = arg.custom<string>({
  allowed: "search terms, a file or a URL",
  takesRest: true,
  parse: (text) => text,
});

/** Adds the commands that add tracks. */
export function addPlayCommands(bot: Bot<DjContext>, { prefix, maxQueue }: DjSettings): void {
  const choices = new Choices();

  /** Queues what a search finds; if it finds several hits, the one that the author chooses. Returns the reply. */
  async function play(
    context: DjContext,
    search: (search: TrackSearch) => Promise<Finding>,
    intro: string,
    mode: AddMode,
  ): Promise<string | undefined> {
    const { music } = context;
    const channelPlayer = music.getOrCreatePlayer();
    let found = await channelPlayer.searchInOrder(() => music.searchTracks(search));
    if ("choices" in found) {
      const hit = await choices.choose(context, intro, shortenHits(found.choices, maxChoices));
      if (!hit) return undefined;
      found = await channelPlayer.searchInOrder(() => music.searchTracks((nodes) => nodes.loadHit(hit)));
    }
    return addTracks(music, found, mode, maxQueue);
  }
  const playQuery = (context: DjContext, text: string, mode: AddMode) =>
    play(context, (nodes) => nodes.find(text), `Several match ${quote(text, 60)}:`, mode);

  /** Adds the command that plays a kind of collection. */
  function addCollectionCommand(kind: "album" | "artist", description: string): void {
    const find = async (nodes: TrackSearch, text: string): Promise<Finding> => {
      const hits = (await nodes.search(text)).filter((hit) => hit.kind === kind);
      const [hit, ...others] = resolveHits(text, hits);
      if (!hit) {
        const hint = `\`${prefix}search\` shows everything of that name.`;
        throw new UserError(`There's no ${kind} ${quote(text, 60)} in the music folder. ${hint}`);
      }
      return others.length === 0 ? await nodes.loadHit(hit) : { choices: [hit, ...others] };
    };
    bot.command(kind, {
      description,
      args: { name: query },
      check: ({ music }) => music.checkAccess(),
      run: (context, { name }) =>
        play(context, (nodes) => find(nodes, name), `Several ${kind}s match ${quote(name, 60)}:`, "back"),
    });
  }

  bot.command("play", {
    aliases: ["p"],
    description: "plays a track or playlist, or adds it to the queue",
    details:
      "Give search terms, the name of an album, artist, folder or playlist, the path of one in the music folder, or the " +
      "URL of a file, stream or playlist. " +
      `Without an argument it resumes playback, like \`${prefix}resume\`.`,
    args: { query: query.optional() },
    check: ({ music }, args) => music.checkAccess(args.query === undefined ? music.current : []),
    run: (context, args) => {
      const { music } = context;
      if (args.query !== undefined) return playQuery(context, args.query, "back");
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
    run: (context, args) => playQuery(context, args.query, "front"),
  });
  bot.command("playnow", {
    description: "plays a track or playlist in place of the current track",
    args: { query },
    check: ({ music }) => music.checkAccess(music.entries),
    run: (context, args) => playQuery(context, args.query, "now"),
  });
  bot.command("playshuffled", {
    description: "adds an album or playlist to the queue in random order",
    args: { query },
    check: ({ music }) => music.checkAccess(),
    run: (context, args) => playQuery(context, args.query, "shuffled"),
  });
  bot.command("search", {
    description: "lists what matches, of which you choose by number",
    args: { query },
    check: ({ music }) => music.checkAccess(),
    run: (context, args) =>
      play(
        context,
        async (nodes) => ({ choices: await nodes.search(args.query) }),
        `Found for ${quote(args.query, 60)}:`,
        "back",
      ),
  });
  addCollectionCommand("album", "plays an album of the music folder");
  addCollectionCommand("artist", "plays all tracks of an artist in the music folder");
}
