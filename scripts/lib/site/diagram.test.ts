import { expect, it } from "vitest";
import { describeDiagram } from "./diagram.ts";

it("converts a state diagram to a table of its transitions", () => {
  const code = "stateDiagram-v2\n  [*] --> idle\n  idle --> closed: refused, or a | b\n  closed --> [*]";
  expect(describeDiagram({ code })).toBe(
    [
      "| From | To | By |",
      "| --- | --- | --- |",
      "| (start) | idle |  |",
      "| idle | closed | refused, or a \\| b |",
      "| closed | (end) |  |",
    ].join("\n"),
  );
});

it("converts a flowchart to a table of its arrows, with two rows for one that points both ways", () => {
  const code = [
    "flowchart LR",
    "  clients -- one name --> a[chat server] & b[chat server]",
    "  subgraph thread [a thread]",
    "    a <-- hints --> bus --> log",
    "  end",
  ].join("\n");
  expect(describeDiagram({ code }).split("\n").slice(2)).toEqual([
    "| clients | chat server a, chat server b | one name |",
    "| chat server a | bus | hints |",
    "| bus | chat server a | hints |",
    "| bus | log |  |",
  ]);
});

it("omits the column of labels when there are none", () => {
  expect(describeDiagram({ code: "flowchart LR\n  a --> b --> c" }).split("\n")).toEqual([
    "| From | To |",
    "| --- | --- |",
    "| a | b |",
    "| b | c |",
  ]);
});

it("rejects unsupported syntax", () => {
  expect(() => describeDiagram({ code: "flowchart LR\n  a -.-> b" })).toThrow('no arrow: "a -.-> b"');
  expect(() => describeDiagram({ code: "sequenceDiagram\n  a->>b: hello" })).toThrow("no transition");
});
