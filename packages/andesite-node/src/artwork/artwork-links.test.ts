import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArtworkLinks } from "./artwork-links.ts";

const file = "/home/ann/music/Lüster/01 – ☂ Song.flac";

describe("addresses of pictures", () => {
  test("lead to their file, are always the same, and tell nobody of it", () => {
    const links = new ArtworkLinks();
    const path = links.createPath(file);
    expect(path).toMatch(/^\/artwork\/[\w-]+$/);
    expect(links.parsePath(path)).toBe(file);
    expect(links.createPath(file)).toBe(path);
    expect(links.createPath(`${file}x`)).not.toBe(path);
    const token = Buffer.from(path.slice("/artwork/".length), "base64url").toString("latin1");
    for (const word of ["home", "ann", "music", "flac"]) expect(token).not.toContain(word);
  });

  test("are worth nothing at another node or after a restart, and the same at one with the same key", () => {
    const key = randomBytes(32);
    const path = new ArtworkLinks(key).createPath(file);
    expect(new ArtworkLinks().parsePath(path)).toBeNull();
    expect(new ArtworkLinks(key).parsePath(path)).toBe(file);
  });

  test("are worth nothing when anything in them is changed, cut or added", () => {
    const links = new ArtworkLinks();
    const path = links.createPath(file);
    const begin = "/artwork/".length;
    fc.assert(
      fc.property(
        fc.integer({ min: begin, max: path.length }),
        fc.nat(3),
        fc.string({ maxLength: 3 }),
        (at, taken, text) => {
          const changed = path.slice(0, at) + text + path.slice(at + taken);
          if (changed !== path) expect(links.parsePath(changed)).toBeNull();
        },
      ),
    );
  });

  test.each(["", "x", "/etc/passwd", "../../etc/passwd", "..%2f..", "=".repeat(50), "A".repeat(100_000)])(
    "%j is none",
    (text) => {
      expect(new ArtworkLinks().parsePath(`/artwork/${text}`)).toBeNull();
    },
  );
});
