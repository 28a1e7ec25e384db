import { argumentError, checkType } from "./errors.ts";
import type { Emoji } from "./models/emoji.ts";
import type { ServerOptions } from "./options.ts";
import { Server } from "./server.ts";
import { ConnectionMode } from "./session/connection-mode.ts";

/** Options of {@link fetchEmoji} and {@link fetchPfp}. */
export interface VisitOptions
  extends Omit<ServerOptions, "connectMode" | "reconnect" | "username" | "password"> {
  /** Aborts the connection and the request. */
  readonly signal?: AbortSignal;
}

/** A reference to a custom emoji of any server. */
export interface EmojiReference {
  /** Host name or IPv4 address of the server. */
  readonly host: string;
  /** TCP port of the server. */
  readonly port: number;
  /** Uuid of the emoji on that server. */
  readonly uuid: number;
}

const reference = /^<:([^:\s<>]+):(\d{1,5}):(\d{1,16}):>$/;

/**
 * Parses `<:host:port:uuid:>`, the syntax in which messages refer to an emoji of another server.
 *
 * @throws AsterError `ARGUMENT_INVALID` for any other text. IPv6 addresses are not supported.
 */
export function parseEmojiReference(text: string): EmojiReference {
  const [, host, port, uuid] = reference.exec(text) ?? [];
  const isComplete = host !== undefined && port !== undefined && uuid !== undefined;
  if (!isComplete || Number(port) > 65_535 || !Number.isSafeInteger(Number(uuid))) {
    throw argumentError("reference", text, "<:host:port:uuid:>, for example <:example.org:2345:69420:>");
  }
  return { host, port: Number(port), uuid: Number(uuid) };
}

/** Runs a task with a connection that is not logged in. */
async function withGuestConnection<Result>(
  host: string,
  port: number,
  { signal, ...options }: VisitOptions,
  task: (server: Server) => Promise<Result>,
): Promise<Result> {
  const server = new Server(host, port, {
    ...options,
    connectMode: ConnectionMode.Neither,
    extensions: [],
    reconnect: false,
  });
  try {
    await server.connect(signal ? { signal } : {});
    return await task(server);
  } finally {
    await server.disconnect();
  }
}

/**
 * Fetches the custom emoji of a reference `<:host:port:uuid:>` from its server; needs no account there.
 *
 * @throws AsterError `ARGUMENT_INVALID` for an invalid reference, CommandError with status 404 if the emoji
 *   does not exist, and the errors of {@link Server.connect}.
 */
export async function fetchEmoji(reference: string, options: VisitOptions = {}): Promise<Emoji> {
  const { host, port, uuid } = parseEmojiReference(reference);
  checkType("options", options, "object");
  return await withGuestConnection(host, port, options, (server) =>
    server.fetchEmoji(uuid, { signal: options.signal }),
  );
}

/**
 * Fetches the profile picture of an account as PNG bytes; needs no account on the server.
 *
 * @returns Undefined if the account does not exist; an empty array if it has no picture.
 * @throws The errors of {@link Server.connect}.
 */
export async function fetchPfp(
  host: string,
  port: number,
  uuid: number,
  options: VisitOptions = {},
): Promise<Uint8Array | undefined> {
  checkType("options", options, "object");
  return await withGuestConnection(
    host,
    port,
    options,
    async (server) => (await server.fetchUser(uuid, { signal: options.signal }))?.pfp,
  );
}
