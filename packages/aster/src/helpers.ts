import { argumentError } from "./errors.ts";
import type { Emoji } from "./models/emoji.ts";
import type { ServerOptions } from "./options.ts";
import { Server } from "./server.ts";
import { ConnectionMode } from "./session/connection-mode.ts";

/** Options of {@link fetchEmoji} and {@link fetchPfp}: how to reach the server, and when to give up. */
export interface VisitOptions
  extends Omit<ServerOptions, "connectMode" | "reconnect" | "username" | "password"> {
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** What a reference to an emoji of some server says. */
export interface EmojiReference {
  /** The server's host name or IPv4 address. */
  readonly host: string;
  /** The server's port. */
  readonly port: number;
  /** The emoji's uuid there. */
  readonly uuid: number;
}

const reference = /^<:([^:\s<>]+):(\d{1,5}):(\d{1,16}):>$/;

/**
 * Reads `<:host:port:uuid:>`, the form in which messages name an emoji of another server.
 *
 * @throws AsterError `ARGUMENT_INVALID` for anything else; IPv6 addresses have no place in this form.
 */
export function parseEmojiReference(text: string): EmojiReference {
  const [, host, port, uuid] = reference.exec(text) ?? [];
  const isComplete = host !== undefined && port !== undefined && uuid !== undefined;
  if (!isComplete || Number(port) > 65_535 || !Number.isSafeInteger(Number(uuid))) {
    throw argumentError("reference", text, "<:host:port:uuid:>, for example <:example.org:2345:69420:>");
  }
  return { host, port: Number(port), uuid: Number(uuid) };
}

/** Visits a server without an account, asks one thing and leaves. */
async function withGuestConnection<Answer>(
  host: string,
  port: number,
  { signal, ...options }: VisitOptions,
  ask: (server: Server) => Promise<Answer>,
): Promise<Answer> {
  const server = new Server(host, port, {
    ...options,
    connectMode: ConnectionMode.Neither,
    extensions: [],
    reconnect: false,
  });
  try {
    await server.connect(signal ? { signal } : {});
    return await ask(server);
  } finally {
    await server.disconnect();
  }
}

/**
 * Fetches the emoji that a message names as `<:host:port:uuid:>` from its server, without an account there.
 *
 * @throws AsterError `ARGUMENT_INVALID` for another form, CommandError with status 404 if there is no such
 * emoji, and whatever {@link Server.connect} throws.
 */
export async function fetchEmoji(reference: string, options: VisitOptions = {}): Promise<Emoji> {
  const { host, port, uuid } = parseEmojiReference(reference);
  return await withGuestConnection(host, port, options, (server) => server.fetchEmoji(uuid, options));
}

/**
 * Fetches the picture of an account from its server, without an account there; undefined if there is no such
 * account, no bytes if it has no picture.
 *
 * @throws Whatever {@link Server.connect} throws.
 */
export async function fetchPfp(
  host: string,
  port: number,
  uuid: number,
  options: VisitOptions = {},
): Promise<Uint8Array | undefined> {
  return await withGuestConnection(
    host,
    port,
    options,
    async (server) => (await server.fetchUser(uuid, options))?.pfp,
  );
}
