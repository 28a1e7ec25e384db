import { describe, expect, it } from "vitest";
import { arg } from "../arguments/arg.ts";
import { CommandGroup } from "./command-group.ts";
import { findMisspelled } from "./suggest.ts";

const run = () => "done";

describe("definitions", () => {
  it.each<[string, (group: CommandGroup) => unknown]>([
    ['name is "two words"; allowed: 1 to 32', (group) => group.command("two words", run)],
    ['name is ""; allowed', (group) => group.group("")],
    ['x: alias is "\\"q\\""; allowed', (group) => group.command("x", { aliases: ['"q"'], run })],
    [
      'name is "b"; allowed: a name that no',
      (group) => group.command("a", run).command("x", { aliases: ["B", "b"], run }),
    ],
    ['name is "a"; allowed: a name that no', (group) => group.command("a", run).group("A")],
    ['x: args.1 is "1"; allowed: a letter', (group) => group.command("x", { args: { 1: arg.word() }, run })],
    [
      'x: args.b is "b"; allowed: no argument after "a", which takes the rest',
      (group) => group.command("x", { args: { a: arg.rest(), b: arg.word() }, run }),
    ],
    [
      'x: args.b is "required"; allowed: an optional argument, like "a"',
      (group) => group.command("x", { args: { a: arg.word().optional(), b: arg.word() }, run }),
    ],
    ["cooldown.everyMs is 0; allowed", (group) => group.command("x", { cooldown: { everyMs: 0 }, run })],
    [
      "cooldown.burst is 0; allowed",
      (group) => group.command("x", { cooldown: { everyMs: 1, burst: 0 }, run }),
    ],
    [
      'field of x name is "desc"; allowed: description,',
      (group) => group.command("x", Object.assign({ run }, { desc: "a typing error in plain JavaScript" })),
    ],
    // Each of these would make every command or the help fail, long after the definition.
    ["x: guards is [true]; allowed", (group) => group.command("x", { guards: [true as never], run })],
    ["x: guards is function; allowed", (group) => group.command("x", { guards: run as never, run })],
    [
      'option of x name is "desc"; allowed: description,',
      (group) => group.group("x", { desc: "" } as object),
    ],
    ["guards is [5]; allowed", (group) => group.group("x", { guards: [5 as never] })],
    ["middleware is [5]; allowed", (group) => group.use(5 as never)],
    [
      "x: args.a is function; allowed",
      (group) => group.command("x", { args: { a: arg.word as never }, run }),
    ],
    ['x: aliases is "yx"; allowed', (group) => group.command("x", { aliases: "yx" as never, run })],
  ])("are refused: %s", (message, define) => {
    expect(() => define(new CommandGroup(""))).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID", message: expect.stringContaining(message) }),
    );
  });
});

it("resolves names with their groups, and leaves the rest of the text", () => {
  const root = new CommandGroup("").command("ping", { aliases: ["p"], run });
  root.group("queue").command("add", run);
  const resolve = (text: string) => {
    const found = root.resolve(text);
    return found && [found.path.map(({ name }) => name).join("/"), found.command?.name, found.text];
  };
  expect(resolve("PING  a b ")).toEqual(["", "ping", "a b"]);
  expect(resolve("p\nline")).toEqual(["", "ping", "line"]);
  expect(resolve("queue")).toEqual(["/queue", undefined, ""]);
  expect(resolve("queue x y")).toEqual(["/queue", undefined, "x y"]);
  expect(resolve("queue  add\tx")).toEqual(["/queue", "add", "x"]);
  for (const text of ["", " ping", "pin", "toString", "__proto__"]) expect(resolve(text)).toBeUndefined();
});

it.each([
  ["stpo", "stop", true],
  ["shufle", "shuffle", true],
  ["nowplayin", "nowplaying", true],
  ["pong", "ping", true],
  ["sing", "skip", false],
  ["hi", "hit", false],
  ["nap", "np", false],
  ["x".repeat(1_000_000), "x", false],
])("takes %.20s for %s: %s", (word, name, isExpected) => {
  expect(findMisspelled(word, { name, aliases: [] })).toBe(isExpected ? name : undefined);
});

it("suggests long aliases, but no short ones, which are similar to commands of other bots", () => {
  const previous = { name: "previous", aliases: ["back", "rewind"] };
  expect(findMisspelled("bank", previous)).toBeUndefined();
  expect(findMisspelled("rewnd", previous)).toBe("rewind");
  expect(findMisspelled("previuos", previous)).toBe("previous");
});
