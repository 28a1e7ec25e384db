import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace.ts";
import type { Entry } from "./document.ts";
import { readAndesiteDocument } from "./read-andesite.ts";
import { readAsterpyDocument } from "./read-asterpy.ts";

/** A document that the client libraries implement. */
export interface ContractDocument {
  /** Name in tags. */
  readonly name: string;
  readonly title: string;
  /** Library that implements it. */
  readonly library: string;
  /** File with its words, from the workspace's root. */
  readonly source: string;
  /** Generated page, from the workspace's root. */
  readonly page: string;
  readonly entries: readonly Entry[];
  /** Classes from bases to subclasses: a member that several have is numbered under the first of them. */
  readonly classes: readonly string[];
  /** Classes without instances. */
  readonly abstractClasses: readonly string[];
  /** Names in TypeScript that do not follow from the documented one, by id. */
  readonly names: Readonly<Record<string, string>>;
  /** How its terms are written in TypeScript. */
  readonly conventions: string;
  /** Notes on sentences that hold in another form, by reference. */
  readonly remarks: Readonly<Record<string, string>>;
  /** Reasons why sentences do not apply to TypeScript, by reference. */
  readonly exemptions: Readonly<Record<string, string>>;
}

interface Definition extends Omit<ContractDocument, "entries"> {
  /** SHA-256 of the file: its words are those of the original. */
  readonly sha256: string;
  readonly read: (text: string) => readonly Entry[];
}

const definitions: readonly Definition[] = [
  {
    name: "asterpy",
    title: "asterpy's API, sentence by sentence",
    library: "@asterite/aster",
    source: "docs/contract/asterpy.txt",
    page: "docs/contract/asterpy.md",
    sha256: "552639e6d91ae7c512b1ac20e3006de115e3614e5762068926fc1f69db60f559",
    read: readAsterpyDocument,
    classes: [],
    abstractClasses: [],
    names: {
      "Client.__init__": "Client.constructor",
      "Server.__init__": "Server.constructor",
      "ConnectionMode.LOGIN": "ConnectionMode.Login",
      "ConnectionMode.REGISTER": "ConnectionMode.Register",
      "ConnectionMode.NEITHER": "ConnectionMode.Neither",
    },
    conventions:
      "In TypeScript, names are in camelCase, keyword arguments are fields of one object of options, `None` is " +
      "`undefined`, and bytes are a `Uint8Array`.",
    remarks: {
      "Client.add_server/10": "`connectMode` other than `Neither`",
      "Client.add_server/11": "`connectMode: Register`, or `registerIfMissing`",
      "Server.connect/2": "the promise `closed` of the server, or `run` of the client",
      "Channel/0": "created by the library",
      "User/0": "created by the library",
      "Message/0": "created by the library",
      "SyncServer/0": "one object with these fields",
    },
    exemptions: {},
  },
  {
    name: "andesite",
    title: "Andesite clients' API, sentence by sentence",
    library: "@asterite/andesite",
    source: "docs/contract/andesite-clients.txt",
    page: "docs/contract/andesite-clients.md",
    sha256: "1fb7a0e1766364b85789a56e9ecff93a8d2148b5a7f1a8965643c32a305da4ab",
    read: readAndesiteDocument,
    classes: [
      "AbstractHTTP",
      "HTTPInterface",
      "HTTPBase",
      "HTTP",
      "AbstractWebSocket",
      "AbstractWebSocketClient",
      "WebSocketInterface",
      "WebSocketBase",
      "WebSocket",
      "ClientBase",
      "Client",
    ],
    abstractClasses: [
      "AbstractHTTP",
      "HTTPInterface",
      "AbstractWebSocket",
      "AbstractWebSocketClient",
      "WebSocketInterface",
    ],
    names: {
      "HTTPBase.aiohttp_session": "HTTPBase.session",
      USER_AGENT: "USER_AGENT",
    },
    conventions:
      "In TypeScript, names are in camelCase, keyword arguments are fields of one object of options, `None` is " +
      "`null`, `ValueError` is `RangeError`, guild ids are strings or bigints, and `aiohttp` is `fetch`.",
    remarks: {
      "AbstractWebSocketClient.connection_id/4": "by `deleteConnectionId()` or the assignment of `null`",
      "ClientBase/4": "as a child of the target, which keeps listeners on the client itself working",
      "WebSocketBase/0": "without the option, the default state of /9",
      "WebSocket/0": "without the option, the default state of WebSocketBase/9",
    },
    exemptions: {
      "HTTPError.with_traceback": "JavaScript records the stack when an error is created",
      "AbstractWebSocket.send_operation/4":
        "the methods create the same objects, so neither is less efficient",
    },
  },
];

/**
 * Reads the documents.
 *
 * @throws Error if the words of a document were changed.
 */
export function readDocuments(): ContractDocument[] {
  return definitions.map(({ sha256, read, ...definition }) => {
    const text = readFileSync(join(root, definition.source), "utf8");
    if (createHash("sha256").update(text).digest("hex") !== sha256) {
      throw new Error(`${definition.source} differs from the original; its words must stay as they are`);
    }
    return { ...definition, entries: read(text) };
  });
}

/** Returns the name of an entry in TypeScript; undefined for introductions, and what does not apply to it. */
export function typescriptName(
  { names, exemptions }: ContractDocument,
  { id, scope }: Entry,
): string | undefined {
  if (id.startsWith("intro.") || id in exemptions) return undefined;
  const named = names[id];
  if (named !== undefined) return named;
  if (id === scope) return id;
  const camelCase = (name: string): string =>
    name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const member = camelCase(id.slice(scope === "" ? 0 : scope.length + 1));
  return scope === "" ? member : `${scope}.${member}`;
}
