import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../workspace.ts";
import { readDocuments, typescriptName } from "./documents.ts";

const documents = readDocuments();
const named = (name: string) => documents.find((one) => one.name === name) ?? documents[0];

/** Removes white space, and the words of the layout, which stand alone on their lines. */
const wordsOf = (text: string): string =>
  text
    .replace(/^-\nname:\n(?=- class)/m, "")
    .replace(/^-$/gm, "")
    .replace(/- (?:Parameters|Return type|Returns):$/gm, "")
    .replace(
      /^(?:Parameters|Return type|Returns|Raises|Notes|See also|Type|Events|Attributes|Methods|Naming#|Classes#|API Documentation#|Andesite clients|Combined client|HTTP client|WebSocket client)$/gm,
      "",
    )
    .replace(/^abstract |\[source\]$|•|^- |#/gm, "")
    .replace(/\s+/g, "");

it.each(["asterpy", "andesite"])("reads every word of the document %s, in order", (name) => {
  const document = named(name);
  if (!document) throw new Error(name);
  const original = wordsOf(readFileSync(join(root, document.source), "utf8"));
  const read = document.entries.flatMap(({ sentences }) => sentences.map(({ text }) => text)).join("\n");
  expect(wordsOf(read)).toBe(original);
});

it("numbers the sentences of each entry, with the signature first", () => {
  const texts = (id: string, name: string) =>
    named(name)
      ?.entries.find((entry) => entry.id === id)
      ?.sentences.map(({ number, label, text }) => [number, label, text]);
  expect(texts("Channel.send", "asterpy")).toEqual([
    [0, undefined, "async send(message, reply_to=None)"],
    [1, undefined, "Send a text message to the channel."],
    [2, "Parameters", "message (str) – The text to be sent"],
    [
      3,
      "Parameters",
      "reply_to (Optional [int]) – The UUID of the message to reply to, orNone if not replying.",
    ],
    [4, "Returns", "The Message object that has been sent"],
  ]);
  expect(texts("HTTP.request", "andesite")?.slice(3, 6)).toEqual([
    [3, "Parameters", "path (str) – Path relative to the base url."],
    [4, "Parameters", "Must not start with a slash!"],
    [5, "Parameters", "**kwargs – Keyword arguments passed to the request"],
  ]);
  expect(texts("intro.naming", "asterpy")?.[0]?.[0]).toBe(1);
});

it("names members in TypeScript", () => {
  const names = documents.map((document) =>
    Object.fromEntries(document.entries.map((entry) => [entry.id, typescriptName(document, entry)])),
  );
  expect(names[0]).toMatchObject({
    "Client.add_server": "Client.addServer",
    "ConnectionMode.LOGIN": "ConnectionMode.Login",
    "intro.naming": undefined,
  });
  expect(names[1]).toMatchObject({
    "Client.voice_server_update": "Client.voiceServerUpdate",
    create_client: "createClient",
    USER_AGENT: "USER_AGENT",
  });
});
