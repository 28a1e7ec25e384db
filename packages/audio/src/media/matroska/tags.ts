import { type Tags, tagsFrom } from "../tags/tags.ts";
import { children, readUint } from "./ebml.ts";

const ids = {
  tag: 0x7373,
  targets: 0x63c0,
  targetTypeValue: 0x68ca,
  trackUid: 0x63c5,
  editionUid: 0x63c9,
  chapterUid: 0x63c4,
  attachmentUid: 0x63c6,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  tagString: 0x4487,
} as const;

/** Target type of a track; higher values are albums and collections. */
const trackLevel = 30;
const albumLevel = 50;

/** One "Tag" element. */
interface Tag {
  /** Target type; 0 if it is not declared. */
  readonly level: number;
  /** Tracks that it describes; empty for all. */
  readonly tracks: readonly string[];
  readonly fields: ReadonlyMap<string, string>;
}

/** Tags of a file, from any number of "Tags" elements. */
export class MatroskaTags {
  /** Title of the segment; empty if there is none. */
  segmentTitle = "";
  readonly #tags: Tag[] = [];

  /** Adds the content of a "Tags" element. Tags of chapters and attachments are ignored. */
  add(content: Uint8Array): void {
    for (const { id, data } of children(content)) {
      const tag = id === ids.tag ? readTag(data) : undefined;
      if (tag) this.#tags.push(tag);
    }
  }

  /**
   * Returns the tags of a track: those of the track itself, then the title of the segment, then those of the whole
   * file, then those of the album.
   */
  forTrack(uid: string): Tags {
    const applicable = this.#tags.filter(({ tracks }) => tracks.length === 0 || tracks.includes(uid));
    const isOfTrack = ({ level, tracks }: Tag) => level === trackLevel || (level === 0 && tracks.length > 0);
    const isOfAlbum = ({ level }: Tag) => level >= albumLevel;
    const own = applicable.filter(isOfTrack);
    const albums = applicable.filter(isOfAlbum);
    const others = applicable.filter((tag) => !isOfTrack(tag) && !isOfAlbum(tag));
    const title = new Map(this.segmentTitle === "" ? [] : [["TITLE", this.segmentTitle]]);
    const fields = merge([...own.map(({ fields }) => fields), title, ...others.map(({ fields }) => fields)]);
    // The title of an album is the name of the album, unless nothing else has a title.
    const albumTitle = albums.map((tag) => tag.fields.get("TITLE")).find((text) => text !== undefined);
    const name = new Map(fields.has("TITLE") && albumTitle !== undefined ? [["ALBUM", albumTitle]] : []);
    return tagsFrom(merge([fields, name, ...albums.map((tag) => tag.fields)]));
  }
}

/** Merges fields; the first value of each name is kept. */
function merge(all: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  return new Map(all.toReversed().flatMap((fields) => [...fields]));
}

function readTag(content: Uint8Array): Tag | undefined {
  let level = 0;
  const tracks: string[] = [];
  const fields = new Map<string, string>();
  const others: readonly number[] = [ids.chapterUid, ids.attachmentUid, ids.editionUid];
  for (const { id, data } of children(content)) {
    if (id === ids.targets) {
      for (const target of children(data)) {
        const uid = uidOf(target.data);
        if (target.id === ids.targetTypeValue) level = readUint(target.data);
        // A UID of 0 stands for all.
        if (target.id === ids.trackUid && uid !== "") tracks.push(uid);
        if (others.includes(target.id) && uid !== "") return undefined;
      }
    }
    if (id !== ids.simpleTag) continue;
    let [name, value] = ["", ""];
    for (const part of children(data)) {
      if (part.id === ids.tagName) name = part.data.toString("utf8").toUpperCase();
      if (part.id === ids.tagString) value = part.data.toString("utf8");
    }
    if (name !== "" && !fields.has(name)) fields.set(name, value);
  }
  return { level, tracks, fields };
}

/** Returns a UID, which has up to eight bytes, as hexadecimal digits; empty for 0. */
export const uidOf = (data: Buffer): string => data.toString("hex").replace(/^0+/, "");
