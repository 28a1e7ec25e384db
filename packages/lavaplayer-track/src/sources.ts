/** Form of the data between the name of a source and the position: none, a probe, or opaque bytes. */
export type SourceDetails = "none" | "probe" | "opaque";

/** Encoding of a source. */
export interface AudioSource {
  /** Name of the source in the message. */
  readonly name: string;
  /** Form of the source's data after its name. */
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

/** Built-in sources of lavaplayer. */
export const audioSources: readonly AudioSource[] = /* @__PURE__ */ Object.freeze([...known.values()]);

/**
 * Returns the source for a name. Other names than those of built-in sources are treated as plug-ins with
 * opaque details.
 */
export const getSource = (name: string): AudioSource => known.get(name) ?? { name, details: "opaque" };
