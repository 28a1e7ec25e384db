import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArtworkLinks } from "./artwork-links.ts";

const file = "/home/ann/music/Lüster/01 – ☂ Song.flac";

describe("artwork links", () => {
  it("resolve to their file, are stable, and do not reveal it", () => {
    const links = new ArtworkLinks();
    const path = links.createPath(file);
    expect(path).toMatch(/^\/artwork\/[\w-]+$/);
    expect(links.parsePath(path)).toBe(file);
    expect(links.createPath(file)).toBe(path);
    expect(links.createPath(`${file}x`)).not.toBe(path);
    const token = Buffer.from(path.slice("/artwork/".length), "base64url").toString("latin1");
    for (const word of ["home", "ann", "music", "flac"]) expect(token).not.toContain(word);
  });

  it("are invalid at another node or after a restart, and valid at a node with the same key", () => {
    const key = randomBytes(32);
    const path = new ArtworkLinks(key).createPath(file);
    expect(new ArtworkLinks().parsePath(path)).toBeUndefined();
    expect(new ArtworkLinks(key).parsePath(path)).toBe(file);
  });

  it("are invalid after any change, truncation or addition", () => {
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
          if (changed !== path) expect(links.parsePath(changed)).toBeUndefined();
        },
      ),
    );
  });

  it.each(["", "x", "/etc/passwd", "../../etc/passwd", "..%2f..", "=".repeat(50), "A".repeat(100_000)])(
    "reject %j",
    (text) => {
      expect(new ArtworkLinks().parsePath(`/artwork/${text}`)).toBeUndefined();
    },
  );
});
