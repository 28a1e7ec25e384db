import { parseAttributes, parseInteger } from "./attributes.ts";
import type { PlaylistLine } from "./playlist-lines.ts";

/** Variant of a stream. */
interface Variant {
  readonly address: string;
  /** Bits per second; infinite if unknown. */
  readonly bandwidth: number;
  /** Codecs in lower case; empty if unknown. */
  readonly codecs: readonly string[];
  readonly hasPicture: boolean;
  /** Name of the group of its audio renditions. */
  readonly audioGroup: string | undefined;
}

/** Audio rendition of a group. */
interface Rendition {
  readonly group: string;
  /** Undefined if the audio is in the variants. */
  readonly address: string | undefined;
  /** Order of preference: the default, those that are selected automatically, others. */
  readonly rank: number;
}

const maxEntries = 500;
const audioCodec = /^(?:mp4a|opus|flac|fla|alac|mp3|ac-3|ec-3|ac-4|dts)/;
/** AAC of low complexity and its extensions, mp3, and codecs by their own names. */
const playable = /^(?:mp4a\.40\.(?:2|02|5|05|29|34)$|mp4a\.(?:69|6b)$|mp4a$|opus|flac|fla|alac|mp3)/;

/** Parses a master playlist line by line (RFC 8216, section 4.3.4). */
export class MasterPlaylistParser {
  readonly #variants: Variant[] = [];
  readonly #renditions: Rendition[] = [];
  #pending: ReadonlyMap<string, string> | undefined;

  add(line: PlaylistLine): void {
    if (line.type === "address") {
      if (this.#pending && this.#variants.length < maxEntries)
        this.#variants.push(toVariant(line.address, this.#pending));
      this.#pending = undefined;
    } else if (line.name === "#EXT-X-STREAM-INF") this.#pending = parseAttributes(line.value);
    else if (line.name === "#EXT-X-MEDIA" && this.#renditions.length < maxEntries)
      this.#addRendition(parseAttributes(line.value));
  }

  /**
   * Returns the addresses of media playlists with audio, best first: variants of nothing but audio by quality, audio
   * renditions of variants by quality, then variants with pictures by size.
   */
  finish(): readonly string[] {
    const isPlayable = ({ codecs }: Variant) =>
      codecs.filter((codec) => audioCodec.test(codec)).every((codec) => playable.test(codec));
    const byBandwidth = this.#variants.toSorted((a, b) => a.bandwidth - b.bandwidth);
    const known = byBandwidth.filter(isPlayable);
    const best = known.toReversed();
    const audioOnly = best.filter((variant) => !variant.hasPicture && variant.codecs.length > 0);
    const renditions = best.flatMap(({ audioGroup }) => this.#renditionOf(audioGroup) ?? []);
    const ofVariants = audioOnly.flatMap(
      ({ address, audioGroup }) => this.#renditionOf(audioGroup) ?? address,
    );
    const all = [...ofVariants, ...renditions, ...known.map(({ address }) => address)];
    // Codecs may be named wrongly.
    return [...new Set([...all, ...byBandwidth.map(({ address }) => address)])];
  }

  #addRendition(attributes: ReadonlyMap<string, string>): void {
    if (attributes.get("TYPE") !== "AUDIO") return;
    const isDefault = attributes.get("DEFAULT") === "YES";
    const rank = isDefault ? 0 : attributes.get("AUTOSELECT") === "YES" ? 1 : 2;
    this.#renditions.push({
      group: attributes.get("GROUP-ID") ?? "",
      address: attributes.get("URI"),
      rank,
    });
  }

  /** Returns the address of the preferred rendition of a group; undefined if its audio is in the variants. */
  #renditionOf(group: string | undefined): string | undefined {
    const ofGroup = this.#renditions.filter((rendition) => rendition.group === group);
    return ofGroup.toSorted((a, b) => a.rank - b.rank)[0]?.address;
  }
}

function toVariant(address: string, attributes: ReadonlyMap<string, string>): Variant {
  const codecs = (attributes.get("CODECS") ?? "")
    .toLowerCase()
    .split(",")
    .map((codec) => codec.trim())
    .filter((codec) => codec !== "");
  const hasPicture = attributes.has("RESOLUTION") || codecs.some((codec) => !audioCodec.test(codec));
  const bandwidth = parseInteger(attributes.get("BANDWIDTH")) ?? Number.POSITIVE_INFINITY;
  return { address, bandwidth, codecs, hasPicture, audioGroup: attributes.get("AUDIO") };
}
