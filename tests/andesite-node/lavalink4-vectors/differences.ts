/** Returns whether a recorded request needs other media, a web server or Discord's voice servers. */
export const needsService = ({ path, body }: { readonly path: string; readonly body?: unknown }): boolean =>
  /\{web|t\.mp3|http%3A|https%3A/.test(path) || /discord\.media|http:/.test(JSON.stringify(body) ?? "");

/** Reasons for which answers differ from those of Lavalink. */
export const reasons = Object.freeze({
  otherPath: "Paths outside of `/v4` and `/version` belong to Andesite and Lavalink 3.",
  filters: "Every filter is enabled, so none is missing in `filters` and none is refused.",
  effects: "The node's own effects are shown in `pluginFilters`.",
  callerError: "What the client sent wrong is answered with 400 and a message that names it, never with 500.",
  accept: "`Accept` does not change the answer.",
  clamped: "Values that cannot work are limited to their range, and the answer has the limited value.",
  wholeNumber: "`50.0` is the integer 50.",
  charset: "The message has the content type without a `charset`, which the recording client added.",
  playlist: "An m3u file and a folder are playlists.",
  loadError: "The exception says what is wrong, with the severity `common`.",
  pluginFilters: "`pluginFilters` has the effects of the node.",
  offByNull: "`null` switches any filter off.",
  ofRecording: "The recording depends on its folder, or on requests that are not replayed.",
  guildId: "A guild id is not negative.",
  channelId: "Voice data without a channel is tried, because not every call needs it.",
  noPlayer: "A refused request creates no player.",
  userId: "The id of a user is a number from 1 to 2^64 − 1.",
  waiting: "A session that waits for its client answers requests.",
  takenOver: "A session is taken over from a connection that is still open.",
  ofUser: "A session is resumed only for its user.",
  endTime: "`endTime: null` removes the end mark, and a mark that the position has passed ends the track.",
  position: "The answer has the requested position.",
  hotSwap: "Filters change without an error while the track plays.",
});

type Reason = keyof typeof reasons;

const of = (reason: Reason, ...names: readonly string[]): Record<string, Reason> =>
  Object.fromEntries(names.map((name) => [name, reason]));

const withPasswords = (path: string): string[] =>
  ["no", "wrong", "right"].map((kind) => `${kind} Authorization ${path}`);

/** Names of the recorded requests whose answers differ, with the reason, by file. */
export const differences: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  auth: {
    ...of("filters", "right Authorization /v4/info"),
    ...of("otherPath", ...["/nothing", "/metrics", "/error", "/"].flatMap(withPasswords)),
  },
  routing: {
    ...of("filters", "info"),
    ...of("otherPath", "v3 loadtracks", "unversioned loadtracks"),
    ...of("callerError", "routeplanner free address (off)", "routeplanner free all (off)"),
    ...of("accept", "info Accept text/html"),
  },
  session: { ...of("clamped", "timeout negative", "timeout 1e18"), ...of("wholeNumber", "timeout 10.0") },
  decode: {
    ...of("callerError", "empty", "not base64", "truncated", "source not enabled (youtube, version 2)"),
    ...of("callerError", "source not enabled, trace", "many, one bad", "many, one source missing"),
    ...of("charset", "many, text/plain"),
  },
  loadtracks: { ...of("playlist", "MEDIA", "MEDIA/list.m3u"), ...of("loadError", "MEDIA/bad.txt") },
  players: {
    ...of("guildId", "patch negative", "delete negative"),
    ...of("charset", "text/plain"),
    ...of("wholeNumber", "volume 50.0"),
    ...of(
      "callerError",
      "encoded bad",
      "encoded empty",
      "encoded source missing",
      "bad encoded on a new guild",
    ),
    ...of(
      "callerError",
      "filters equalizer band 15",
      "filters equalizer band -1",
      "filters timescale speed 0",
    ),
    ...of(
      "callerError",
      "filters timescale speed -1",
      "filters tremolo depth 5",
      "filters tremolo frequency 0",
    ),
    ...of("callerError", "filters vibrato frequency 20", "filters vibrato frequency 0"),
    ...of("callerError", "equalizer band 15 while playing"),
    ...of("loadError", "identifier text file"),
    ...of("playlist", "identifier of a playlist"),
    ...of("clamped", "filters volume -1", "filters volume 9", "filters equalizer gain 5"),
    ...of("pluginFilters", "filters pluginFilters"),
    ...of("offByNull", "filters volume null", "filters equalizer null", "filters pluginFilters null"),
    ...of("effects", "filters pluginFilters"),
    ...of("filters", "filters lowPass (disabled in config)", "filters lowPass null (disabled in config)"),
    ...of("ofRecording", "paused with a new track", "position past the end", "get with voice", "list"),
    ...of("channelId", "voice no channelId", "voice without channelId makes no player", "was it made?"),
    ...of("noPlayer", "was 502 made?"),
  },
  handshakes: {
    ...of("userId", "User-Id abc", "User-Id -1"),
    ...of("otherPath", "old path /", "old path /v3/websocket"),
  },
  sequences: {
    ...of("endTime", "end time set later and taken away", "end time already passed"),
    ...of("position", "start position past the end"),
    ...of("hotSwap", "filters while playing"),
    ...of("loadError", "the file is gone when played"),
  },
  resume: {
    ...of("waiting", "list while away", "patch while away", "session while away"),
    ...of("takenOver", "second socket while open", "first socket after the second"),
    ...of("ofUser", "another user"),
  },
};
