import { expect, it } from "vitest";
import { userPushes } from "./wire-format.ts";

const ann = { uuid: 1, name: "ann", pfp: "", groups: [2], isBot: false };

it("builds a single push for all connections, and a second one only for a bot", () => {
  const describe = (isBot: boolean) =>
    userPushes({ ...ann, isBot }, 7).map(({ audience, packet }) => [audience, `${packet.line(true)}`]);
  const plain = '{"data":[{"uuid":1,"name":"ann","pfp":"","groups":[2],"group_uuid":0}]';
  const tail = ',"command":"get_metadata","status":200,"seq":7}\n';
  expect(describe(false)).toEqual([[{ type: "everyone" }, plain + tail]]);
  expect(describe(true)).toEqual([
    [{ type: "everyone", lacking: "bots" }, plain + tail],
    [{ type: "everyone", extension: "bots" }, `${plain.replace("}]", ',"is_bot":true}]')}${tail}`],
  ]);
});
