import { expect, it } from "vitest";
import { userPushes } from "./wire-format.ts";

const ann = { uuid: 1, name: "ann", pfp: "", groups: [2], isBot: false };

it("builds a push with the picture and one with its hash, and both twice only for a bot", () => {
  const describe = (isBot: boolean) =>
    userPushes({ ...ann, isBot, pfp: "AQID" }, 7).map(({ audience, packet }) => [
      audience,
      `${packet.line(true)}`,
    ]);
  const text = (picture: string, bot: string) =>
    `{"data":[{"uuid":1,"name":"ann",${picture},"groups":[2],"group_uuid":0${bot}}],"command":"get_metadata","status":200,"seq":7}\n`;
  const included = { type: "everyone", pictures: "included" };
  const hashed = { type: "everyone", pictures: "hashed" };
  const picture = '"pfp":"AQID"';
  // SHA-256 of the bytes 1, 2, 3.
  const hash = '"pfp_hash":"039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"';
  const bot = ',"is_bot":true';
  expect(describe(false)).toEqual([
    [included, text(picture, "")],
    [hashed, text(hash, "")],
  ]);
  expect(describe(true)).toEqual([
    [{ ...included, lacking: "bots" }, text(picture, "")],
    [{ ...included, extension: "bots" }, text(picture, bot)],
    [{ ...hashed, lacking: "bots" }, text(hash, "")],
    [{ ...hashed, extension: "bots" }, text(hash, bot)],
  ]);
});
