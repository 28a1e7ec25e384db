import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Collection, type CollectionFile, Collections } from "./collections.ts";

const track = (path: string, album: string | null = null, artist: string | null = null): CollectionFile => ({
  path,
  isPlayable: true,
  album,
  artist,
});

const files: readonly CollectionFile[] = [
  track("/m/Motörhead/Ace of Spades/10 Bite.mp3", "Ace of Spades", "Motörhead"),
  track("/m/Motörhead/Ace of Spades/2 Love Me.mp3", "Ace of Spades", "Motörhead"),
  track("/m/Motörhead/Overkill/CD 1/1 Overkill.mp3", "Overkill", "Motörhead"),
  track("/m/Motörhead/Overkill/CD 2/1 Stay Clean.mp3", "Overkill", "Motörhead"),
  track("/m/Mixed/Hits/1.mp3", "Hits", "One"),
  track("/m/Mixed/Hits/2.mp3", "Hits", "Two"),
  track("/m/Mixed/loose.mp3"),
  { path: "/m/Mixed/Spades Party.m3u8", isPlayable: false, album: null, artist: null },
  { path: "/m/Mixed/broken.mp3", isPlayable: false, album: null, artist: null },
];

describe("Collections", () => {
  const collections = new Collections(["/m"]);
  for (const file of files) collections.add(file);
  const search = (text: string, limit = 10) =>
    collections
      .search(text, limit)
      .map(({ kind, name, artist, trackCount }) => [kind, name, artist, trackCount]);

  it("finds albums, artists, folders and playlists by name, and each set of tracks once", () => {
    expect(search("ace of spades")).toEqual([["album", "Ace of Spades", "Motörhead", 2]]);
    expect(search("MOTORHEAD")).toEqual([
      ["artist", "Motörhead", null, 4],
      ["album", "Ace of Spades", "Motörhead", 2],
      ["album", "Overkill", "Motörhead", 2],
    ]);
    expect(search("mixed")).toEqual([["folder", "Mixed", null, 3]]);
    expect(search("hits")).toEqual([["album", "Hits", null, 2]]);
    expect(search("spa")).toEqual([
      ["playlist", "Spades Party", null, null],
      ["album", "Ace of Spades", "Motörhead", 2],
    ]);
    expect(search("cd 2")).toEqual([["folder", "CD 2", null, 1]]);
    for (const text of ["", "*", "broken", "loose", "m", "spades nothing"]) expect(search(text)).toEqual([]);
    expect(search("motorhead", 1).map(([kind]) => kind)).toEqual(["artist", "album"]);
  });

  it("names the identifiers by which albums and artists are found, in natural order", () => {
    const identifierOf = (text: string): string => collections.search(text, 1)[0]?.identifier ?? "";
    expect(collections.find(identifierOf("ace of spades").slice("raw:".length))).toEqual({
      name: "Ace of Spades",
      paths: ["/m/Motörhead/Ace of Spades/2 Love Me.mp3", "/m/Motörhead/Ace of Spades/10 Bite.mp3"],
    });
    expect(collections.find(identifierOf("motorhead").slice("raw:".length))?.paths).toHaveLength(4);
    expect(identifierOf("mixed")).toBe("raw:/m/Mixed");
    expect(identifierOf("spades party")).toBe("raw:/m/Mixed/Spades Party.m3u8");
    expect(collections.find("library:album:nothing:/m")).toBeUndefined();
  });

  it("are the same after changes as if only the files that are left had been added", () => {
    const anyFile = fc.record({
      path: fc.constantFrom("/m/a/1", "/m/a/2", "/m/a/b/1", "/m/a/CD 1/1", "/m/c/1", "/m/c/list.m3u"),
      isPlayable: fc.boolean(),
      album: fc.constantFrom(null, "b", "B", "a c"),
      artist: fc.constantFrom(null, "a", "c"),
    });
    const anyChange = fc.record({ file: anyFile, isRemoved: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyChange), (changes) => {
        const changed = new Collections(["/m"]);
        const left = new Map<string, CollectionFile>();
        for (const { file, isRemoved } of changes) {
          if (isRemoved) changed.remove(file.path);
          else changed.add(file);
          left.delete(file.path);
          if (!isRemoved) left.set(file.path, file);
        }
        const fresh = new Collections(["/m"]);
        for (const file of left.values()) fresh.add(file);
        for (const text of ["a", "b", "c", "cd 1", "list"]) {
          const found = fresh.search(text, 10);
          expect(changed.search(text, 10).map(toComparable)).toEqual(found.map(toComparable));
          for (const { identifier } of found) {
            const id = identifier.slice("raw:".length);
            expect(changed.find(id)?.paths).toEqual(fresh.find(id)?.paths);
          }
        }
      }),
    );
  });
});

/** Names of albums and artists that differ in case only are those of the first file. */
const toComparable = ({ name, identifier, ...others }: Collection) => ({
  ...others,
  name: name.toLowerCase(),
  identifier: identifier.toLowerCase(),
});
