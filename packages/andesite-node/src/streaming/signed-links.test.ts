import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SignedLinks } from "./signed-links.ts";

const grant = { userId: "123", guildId: "456", expires: 2_000 };

describe("signed links", () => {
  it("are valid until they expire", () => {
    const links = new SignedLinks("listen");
    const path = links.createPath(grant);
    expect(path).toMatch(/^\/listen\/123\.456\.2000\.[\w-]{43}$/);
    expect(links.verifyPath(path, 1_999)).toEqual(grant);
    expect(links.verifyPath(path, 2_000)).toBeUndefined();
  });

  it("are invalid at another node and for another kind, and valid at a node with the same key", () => {
    const key = new Uint8Array(32).fill(7);
    const path = new SignedLinks("listen", key).createPath(grant);
    expect(new SignedLinks("listen").verifyPath(path, 0)).toBeUndefined();
    expect(new SignedLinks("listen", key).verifyPath(path, 0)).toEqual(grant);
    expect(new SignedLinks("library", key).verifyPath(path.replace("listen", "library"), 0)).toBeUndefined();
  });

  it("are invalid after any change", () => {
    const links = new SignedLinks("listen");
    const path = links.createPath(grant);
    fc.assert(
      fc.property(fc.nat(path.length - 9), fc.string({ minLength: 1, maxLength: 3 }), (at, text) => {
        const changed = path.slice(0, 8 + at) + text + path.slice(9 + at);
        if (changed !== path) expect(links.verifyPath(changed, 0)).toBeUndefined();
      }),
    );
    expect(links.verifyPath("/listen/", 0)).toBeUndefined();
    expect(links.verifyPath("/listen/1.2.3.4.5", 0)).toBeUndefined();
    expect(links.verifyPath("/listen/01.2.9999999999999.AAAA", 0)).toBeUndefined();
  });
});
