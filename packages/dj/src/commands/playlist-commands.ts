import {
  arg,
  type Bot,
  type Context,
  type GuardResult,
  quote,
  sanitizeLine,
  UserError,
} from "@asterite/commands";
import { pluralize } from "../format.ts";
import type { DjSettings } from "../options.ts";
import type { PlaylistStore, SavedPlaylist } from "../playlists/playlist-store.ts";
import { addTracks } from "./add-tracks.ts";
import type { DjContext } from "./channel-music.ts";

const maxNameLength = 50;
/** Playlists that `list` shows. */
const maxListed = 50;

const playlistName = arg.custom<string>({
  allowed: `a name of up to ${maxNameLength} characters`,
  takesRest: true,
  parse: (text) => {
    const name = sanitizeLine(text, maxNameLength + 1).trim();
    return name !== "" && name.length <= maxNameLength ? name : undefined;
  },
});

const describePlaylist = ({ name, owner, tracks }: SavedPlaylist): string =>
  `${quote(name)} by ${quote(owner.name, 32)} (${pluralize(tracks.length, "track")})`;

/** Adds the commands for playlists that users save. All users can play them; only the owner changes them. */
export function addPlaylistCommands(
  bot: Bot<DjContext>,
  playlists: PlaylistStore,
  { prefix, maxQueue, maxPlaylist }: DjSettings,
): void {
  const group = bot.group("playlist", { aliases: ["playlists"], description: "saves and plays playlists" });

  const requirePlaylist = (name: string): SavedPlaylist => {
    const playlist = playlists.get(name);
    if (playlist) return playlist;
    throw new UserError(`There's no playlist ${quote(name)}. \`${prefix}playlist list\` shows all of them.`);
  };
  const checkOwner = (context: Context, name: string): GuardResult => {
    const owner = playlists.get(name)?.owner;
    const isOwner = owner === undefined || owner.id === String(context.author.uuid);
    if (isOwner || context.permissionsIn().allows("manage_messages")) return true;
    return `The playlist ${quote(name)} belongs to ${quote(owner.name, 32)}. Choose another name.`;
  };

  group.command("save", {
    description: "saves the current track and the queue as a playlist",
    args: { name: playlistName },
    check: (context, { name }) => checkOwner(context, name),
    run: async ({ music }, { name }) => {
      const tracks = music.entries.slice(0, maxPlaylist).map(({ track }) => track);
      if (tracks.length === 0) throw new UserError("There's nothing to save: the queue is empty.");
      const isReplaced = playlists.get(name) !== undefined;
      await playlists.save({ name, owner: playlists.get(name)?.owner ?? music.requester, tracks });
      const verb = isReplaced ? "Replaced" : "Saved";
      return `${verb} ${quote(name)} with ${pluralize(tracks.length, "track")}. Play it with \`${prefix}playlist play\`.`;
    },
  });
  group.command("play", {
    description: "adds the tracks of a playlist to the queue",
    args: { name: playlistName },
    check: ({ music }) => music.checkAccess(),
    run: ({ music }, { name }) => {
      const playlist = requirePlaylist(name);
      const found = { tracks: playlist.tracks, playlist: playlist.name, omitted: 0 };
      return addTracks(music, found, "back", maxQueue);
    },
  });
  group.command("list", {
    description: "lists the saved playlists",
    run: () => {
      const { all } = playlists;
      if (all.length === 0)
        return `No playlists yet. \`${prefix}playlist save\` with a name saves the queue as one.`;
      const more = all.length > maxListed ? [`and ${all.length - maxListed} more`] : [];
      return [...all.slice(0, maxListed).map(describePlaylist), ...more].join("\n");
    },
  });
  group.command("delete", {
    aliases: ["remove"],
    description: "deletes a playlist",
    args: { name: playlistName },
    check: (context, { name }) => checkOwner(context, name),
    run: async (_context, { name }) => {
      const playlist = requirePlaylist(name);
      await playlists.remove(name);
      return `Deleted the playlist ${quote(playlist.name)}.`;
    },
  });
}
