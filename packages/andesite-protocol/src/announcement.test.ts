import { createHmac, scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Announcement, AnnouncementSigner, announcedUrl } from "./announcement.ts";

const signer = new AnnouncementSigner("sesame");
const content: Announcement = {
  v: 1,
  sentAt: 1_700_000_000_000,
  state: "ready",
  host: "10.0.0.5",
  port: 5_000,
  tls: false,
  path: "/",
  listenUrl: null,
  id: "a",
  region: "eu",
  version: "0.1.0",
  players: 3,
  cpu: 0.25,
};

/** Signs arbitrary content, as a peer with the password could. */
function signed(body: string, password = "sesame"): Buffer {
  const key = scryptSync(password, "asterite node announcement 1", 32);
  return Buffer.from(`${createHmac("sha256", key).update(body).digest("base64url")}.${body}`);
}

describe("announcements", () => {
  it("are verified with the same password", () => {
    expect(signer.verify(signer.sign(content))).toEqual(content);
    expect(signer.verify(signed(JSON.stringify(content)))).toEqual(content);
    const far: Announcement = {
      ...content,
      listenUrl: "https://music.example/a",
      path: "/node/1/",
      tls: true,
    };
    expect(new AnnouncementSigner("sesame").verify(signer.sign(far))).toEqual(far);
  });

  it("do not contain the password, and are null with another password", () => {
    const sealed = signer.sign(content);
    expect(Buffer.from(sealed).toString()).not.toContain("sesame");
    expect(new AnnouncementSigner("another").verify(sealed)).toBeNull();
    expect(signer.verify(signed(JSON.stringify(content), "another"))).toBeNull();
  });

  it("are null after a single byte was changed, removed or added", () => {
    const sealed = Buffer.from(signer.sign(content));
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(signer.verify(changed), String(index)).toBeNull();
      expect(signer.verify(sealed.subarray(0, index)), String(index)).toBeNull();
    }
    expect(signer.verify(Buffer.concat([sealed, Buffer.from(" ")]))).toBeNull();
  });

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", "[]"],
    ["another form", JSON.stringify({ ...content, v: 2 })],
    ["a host with a user in it", JSON.stringify({ ...content, host: "good@evil" })],
    ["a host with a path in it", JSON.stringify({ ...content, host: "evil/x" })],
    ["a host that is not an address", JSON.stringify({ ...content, host: "a:b" })],
    ["no host", JSON.stringify({ ...content, host: "" })],
    ["port 0", JSON.stringify({ ...content, port: 0 })],
    ["a port beyond all", JSON.stringify({ ...content, port: 65_536 })],
    ["a path that does not end", JSON.stringify({ ...content, path: "/a" })],
    ["a path with a query", JSON.stringify({ ...content, path: "/?a/" })],
    ["an address of a script", JSON.stringify({ ...content, listenUrl: "javascript:alert(1)" })],
    ["an address with a user in it", JSON.stringify({ ...content, listenUrl: "http://a:b@c" })],
    ["an unknown state", JSON.stringify({ ...content, state: "happy" })],
    ["a time that is not an integer", JSON.stringify({ ...content, sentAt: 1.5 })],
    ["less than no players", JSON.stringify({ ...content, players: -1 })],
    ["more than everything", JSON.stringify({ ...content, cpu: 1.5 })],
    ["a long name", JSON.stringify({ ...content, id: "x".repeat(201) })],
    ["too many bytes", JSON.stringify({ ...content, more: "x".repeat(2_048) })],
    ["deep nesting", `${"[".repeat(900)}${"]".repeat(900)}`],
  ])("are null with %s, even with a valid signature", (_, body) => {
    expect(signer.verify(signed(body))).toBeNull();
  });

  it("have one base URL", () => {
    expect(announcedUrl(content)).toBe("http://10.0.0.5:5000/");
    expect(announcedUrl({ ...content, host: "fd00::1", tls: true, path: "/a/" })).toBe(
      "https://[fd00::1]:5000/a/",
    );
  });
});
