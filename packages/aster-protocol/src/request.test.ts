import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommandName, commands } from "./commands.ts";
import { Permissions } from "./permissions.ts";
import { parseRequest } from "./request.ts";

// Equivalent to the unit "binary" of fast-check, whose setup takes most of a second.
const anyText = fc.string({ unit: fc.nat(0x10_ffff).map((point) => String.fromCodePoint(point)) });

const deep = `${"[".repeat(200)}${"]".repeat(200)}`;

/** Malformed requests, and the command of their reply with status 400. */
const malformed: readonly (readonly [line: string, command: string])[] = [
  ["", "unknown"],
  [" ", "unknown"],
  ["{", "unknown"],
  ["nonsense", "unknown"],
  ["null", "unknown"],
  ["5", "unknown"],
  ['"ping"', "unknown"],
  ['["ping"]', "unknown"],
  ["{}", "unknown"],
  ['{"command":null}', "unknown"],
  ['{"command":5}', "unknown"],
  ['{"command":["ping"]}', "unknown"],
  ['{"Command":"ping"}', "unknown"],
  ['{"command":"ping"}{"command":"ping"}', "unknown"],
  ['{"command":"ping"', "unknown"],
  ['\uFEFF{"command":"ping"}', "unknown"],
  [`{"command":"ping","x":${deep}}`, "unknown"],
  ['{"command":"send","content":"\\ud800","channel":1}', "unknown"],
  ['{"command":""}', ""],
  ['{"command":"PING"}', "PING"],
  ['{"command":"toString"}', "toString"],
  ['{"command":"__proto__"}', "__proto__"],
  ['{"command":"get_user"}', "get_user"],
  ['{"command":"get_user","uuid":null}', "get_user"],
  ['{"command":"get_user","uuid":"5"}', "get_user"],
  ['{"command":"get_user","uuid":true}', "get_user"],
  ['{"command":"get_user","uuid":5.0}', "get_user"],
  ['{"command":"get_user","uuid":5e0}', "get_user"],
  ['{"command":"get_user","uuid":5.5}', "get_user"],
  ['{"command":"get_user","uuid":-0}', "get_user"],
  ['{"command":"get_user","uuid":9007199254740992}', "get_user"],
  ['{"command":"get_user","uuid":9007199254740993}', "get_user"],
  ['{"command":"get_user","uuid":1e400}', "get_user"],
  ['{"command":"get_user","uuid":[1]}', "get_user"],
  ['{"command":"get_user","uuid":1,"uuid":"x"}', "get_user"],
  ['{"command":"login"}', "login"],
  ['{"command":"login","uname":"ann"}', "login"],
  ['{"command":"login","uname":5,"passwd":"x"}', "login"],
  ['{"command":"register","uname":"ann"}', "register"],
  ['{"command":"history","channel":1,"num":-1}', "history"],
  ['{"command":"history","channel":1,"num":4294967296}', "history"],
  ['{"command":"history","channel":1}', "history"],
  ['{"command":"send","content":5,"channel":1}', "send"],
  ['{"command":"send","content":"x","channel":1,"reply":"y"}', "send"],
  [`{"command":"send","content":"x","channel":1,"nonce":"${"n".repeat(65)}"}`, "send"],
  ['{"command":"create_channel","name":"x"}', "create_channel"],
  ['{"command":"create_channel","name":"x","permissions":[]}', "create_channel"],
  ['{"command":"create_channel","name":"x","permissions":{"role:1":[1]}}', "create_channel"],
  ['{"command":"create_channel","name":"x","permissions":{"user:01":[1]}}', "create_channel"],
  ['{"command":"create_channel","name":"x","permissions":{"user:1":[3]}}', "create_channel"],
  ['{"command":"create_channel","name":"x","permissions":{},"position":-1}', "create_channel"],
  ['{"command":"create_group","permissions":[3],"name":"x","colour":0,"position":1}', "create_group"],
  ['{"command":"create_group","permissions":[256],"name":"x","colour":0,"position":1}', "create_group"],
  [
    '{"command":"create_group","permissions":[1],"name":"x","colour":2147483648,"position":1}',
    "create_group",
  ],
  ['{"command":"update_user_groups","user":1,"groups":[1,null]}', "update_user_groups"],
  ['{"command":"sync_set_servers","servers":{}}', "sync_set_servers"],
  [
    '{"command":"sync_set_servers","servers":[{"uname":"a","ip":"h","port":99999999999,"idx":0}]}',
    "sync_set_servers",
  ],
];

describe("parseRequest", () => {
  it.each(malformed)("rejects %s", (line, command) => {
    const parsed = parseRequest(line);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.malformed.command).toBe(command);
  });

  it.each([
    ['{"command":"ping"}', {}],
    ['{"command":"ping","id":5,"x":[1.5]}', {}],
    [' \t{"command":"ping"} ', {}],
    ['{"command":"get_user","uuid":-5}', { uuid: -5 }],
    ['{"command":"get_user","uuid":"x","uuid":7}', { uuid: 7 }],
    ['{"command":"get_user","uuid":9007199254740991}', { uuid: Number.MAX_SAFE_INTEGER }],
    ['{"command":"get_user","uuid":7,"later":5.0}', { uuid: 7 }],
    ['{"command":"login","uname":null,"uuid":5,"passwd":""}', { uuid: 5, passwd: "" }],
    ['{"command":"login","token":"abc"}', { token: "abc" }],
    ['{"command":"send","content":"5.0, -0","channel":1,"reply":null}', { content: "5.0, -0", channel: 1 }],
    ['{"command":"history","channel":1,"num":0}', { channel: 1, num: 0 }],
  ])("accepts %s", (line, fields) => {
    const parsed = parseRequest(line);
    expect(parsed.ok && { ...parsed.request.fields }).toEqual(fields);
  });

  it("reads permission sets and overrides", () => {
    const parsed = parseRequest(
      '{"command":"create_channel","name":"x","permissions":{"user:5":[85,85,5],"group:0":[]}}',
    );
    if (!parsed.ok || parsed.request.command !== "create_channel") throw new Error("refused");
    expect(parsed.request.fields.permissions["user:5"]?.equals(Permissions.all)).toBe(true);
    expect(parsed.request.fields.permissions["group:0"]?.equals(Permissions.none)).toBe(true);
  });

  it("names the invalid field but never its value", () => {
    const parsed = parseRequest('{"command":"register","uname":{"passwd":"hunter2"},"passwd":"hunter2"}');
    expect(parsed).toEqual({
      ok: false,
      malformed: {
        command: "register",
        description: "field uname: expected string",
        reason: "invalid:uname",
      },
    });
    const broken = parseRequest('{"command":"register","passwd":"hunter2"');
    expect(JSON.stringify(broken)).not.toContain("hunter2");
  });

  it("never throws on any text", () => {
    fc.assert(fc.property(anyText, (text) => void parseRequest(text)));
  });

  it("never throws on a known command with any fields", () => {
    const names = Object.keys(commands) as CommandName[];
    const fields = [...new Set(names.flatMap((name) => Object.keys(commands[name].request)))];
    const packet = fc
      .tuple(fc.constantFrom(...names), fc.dictionary(fc.constantFrom(...fields), fc.jsonValue()))
      .map(([command, rest]) => ({ ...rest, command }));
    fc.assert(
      fc.property(packet, (value) => {
        const parsed = parseRequest(JSON.stringify(value));
        expect(parsed.ok ? parsed.request.command : parsed.malformed.command).toBe(value.command);
      }),
      { numRuns: 1000 },
    );
  });

  it("defines the commands without fields", () => {
    const fieldless = Object.entries(commands)
      .filter(([, { request, ...rest }]) => Object.keys(request).length === 0 && !("extension" in rest))
      .map(([name]) => name);
    expect(fieldless.sort()).toEqual(
      [
        "ping",
        "leave",
        "online",
        "get_metadata",
        "get_name",
        "get_icon",
        "list_emoji",
        "list_channels",
        "list_groups",
        "sync_get",
        "sync_get_servers",
        "get_last_reads",
      ].sort(),
    );
  });

  it("defines 34 commands of the base protocol", () => {
    const base = Object.entries(commands).filter(
      ([name, definition]) => !("extension" in definition) && name !== "hello",
    );
    expect(base).toHaveLength(34);
  });
});
