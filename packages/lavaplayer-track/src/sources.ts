/** What a source writes between its name and the position: nothing, a probe, or bytes only it understands. */
export type SourceDetails = "none" | "probe" | "opaque";

/** Where a track comes from, as far as its encoding is concerned. */
export interface AudioSource {
  /** The name in the message. */
  readonly name: string;
  /** What the source adds to a message beside its name. */
  readonly details: SourceDetails;
}

const known = new Map<string, AudioSource>(
  (
    [
      ["youtube", "none"],
      ["soundcloud", "none"],
      ["bandcamp", "none"],
      ["vimeo", "none"],
      ["twitch", "none"],
      ["beam.pro", "none"],
      ["niconico", "none"],
      ["getyarn.io", "none"],
      ["yandex-music", "none"],
      ["http", "probe"],
      ["local", "probe"],
    ] as const
  ).map(([name, details]) => [name, Object.freeze({ name, details })]),
);

/** The sources of lavaplayer itself. */
export const audioSources: readonly AudioSource[] = Object.freeze([...known.values()]);

/**
 * The source of a name. One that lavaplayer does not have is taken for a plug-in's, whose details are kept
 * as bytes.
 */
export const getSource = (name: string): AudioSource => known.get(name) ?? { name, details: "opaque" };
