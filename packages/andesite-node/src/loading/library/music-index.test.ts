import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MediaFacts } from "@asterite/audio/media";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeFacts } from "../facts.test-support.ts";
import { temporaryFolder } from "../loading.test-support.ts";
import { MusicIndex } from "./music-index.ts";

// Like fast-check's unit "binary", which takes most of a second to create.
const anyText = fc.string({ unit: fc.nat(0x10_ffff).map((point) => String.fromCodePoint(point)) });

const facts = (title: string | null, author: string | null = null, album: string | null = null): MediaFacts =>
  makeFacts({ title, author, album });

const pathsOf = (index: MusicIndex, words: string, limit = 10): readonly string[] =>
  index.search(words, limit).map(({ path }) => path);

describe("MusicIndex", () => {
  it("finds files by the words of their tags and names", () => {
    const index = new MusicIndex(null);
    index.put({
      path: "/m/1.mp3",
      modifiedMs: 1,
      size: 1,
      facts: facts("Ace of Spades", "Motörhead", "Ace of Spades"),
    });
    index.put({
      path: "/m/2.mp3",
      modifiedMs: 1,
      size: 1,
      facts: facts("Overkill", "Motörhead", "Overkill"),
    });
    index.put({ path: "/m/Live - Untagged_Thing.mp3", modifiedMs: 1, size: 1, facts: facts(null) });
    index.put({ path: "/m/broken.mp3", modifiedMs: 1, size: 1, facts: null });
    expect(pathsOf(index, "motorhead").length).toBe(2);
    expect(pathsOf(index, "MOTÖRHEAD overk")).toEqual(["/m/2.mp3"]);
    expect(pathsOf(index, "spades ace")).toEqual(["/m/1.mp3"]);
    expect(pathsOf(index, "untagged thing")).toEqual(["/m/Live - Untagged_Thing.mp3"]);
    expect(pathsOf(index, "broken")).toEqual([]);
    expect(pathsOf(index, "ace nothing")).toEqual([]);
    expect(pathsOf(index, "mo", 1).length).toBe(1);
    expect(pathsOf(index, "m")).toEqual([]);
    expect(index.search("overkill", 1)[0]?.facts).toEqual(facts("Overkill", "Motörhead", "Overkill"));
    index.close();
  });

  it("keeps one entry per file, with its latest state", () => {
    const index = new MusicIndex(null);
    index.put({ path: "/m/1.mp3", modifiedMs: 1, size: 10, facts: facts("Old name") });
    const id = index.put({ path: "/m/1.mp3", modifiedMs: 2, size: 20, facts: facts("New name") });
    expect(index.get("/m/1.mp3")).toEqual({ id, modifiedMs: 2, size: 20, divided: "no" });
    expect(pathsOf(index, "old")).toEqual([]);
    expect(pathsOf(index, "name")).toEqual(["/m/1.mp3"]);
    index.remove([id]);
    expect(index.get("/m/1.mp3")).toBeUndefined();
    expect(pathsOf(index, "name")).toEqual([]);
    index.close();
  });

  it("treats no part of a search as an operator", () => {
    const index = new MusicIndex(null);
    index.put({
      path: "/m/1.mp3",
      modifiedMs: 1,
      size: 1,
      facts: facts('The "one" NEAR (two) AND *three* title:four'),
    });
    for (const words of ['"one"', "NEAR", "(two)", "AND three", "title:four", "three*", "two)", '"']) {
      expect(() => pathsOf(index, words)).not.toThrow();
    }
    expect(pathsOf(index, "title:four").length).toBe(1);
    expect(pathsOf(index, "three OR nothing")).toEqual([]);
    fc.assert(fc.property(anyText, (words) => void index.search(words, 3)));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('"', "*", "a", " ", "\0", "-", "^", "'", "NOT", ":", "{", "\ud800")),
        (parts) => void index.search(parts.join(""), 3),
      ),
    );
    index.close();
  });

  it("persists, and is rebuilt when the database is damaged", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "deep", "index.sqlite");
    const first = new MusicIndex(file);
    first.put({ path: "/m/1.mp3", modifiedMs: 1, size: 1, facts: facts("Kept") });
    first.close();
    const second = new MusicIndex(file);
    expect(pathsOf(second, "kept")).toEqual(["/m/1.mp3"]);
    second.close();
    await writeFile(file, "no database".repeat(1_000));
    const third = new MusicIndex(file);
    expect(pathsOf(third, "kept")).toEqual([]);
    third.put({ path: "/m/1.mp3", modifiedMs: 1, size: 1, facts: facts("Found again") });
    expect(pathsOf(third, "again")).toEqual(["/m/1.mp3"]);
    third.close();
  });
});
