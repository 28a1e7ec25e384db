import type {
  CommandName,
  ExtensionName,
  Packet,
  Permissions,
  ReplyFields,
  RequestInput,
} from "@asterite/aster-protocol";
import type { Account } from "../account.ts";
import type { Administration } from "../administration.ts";
import type { ListenOptions } from "../emitter.ts";
import type { Reference } from "../references.ts";
import type { OutgoingPacket, RequestOptions } from "../session/request-matcher.ts";
import type { SessionStatus } from "../session/session.ts";
import type { Emoji } from "./emoji.ts";
import type { User } from "./user.ts";

/**
 * The members of {@link Server} that every model can reach. Models depend on this interface and not on the
 * class, which depends on all of them.
 */
export interface ModelServer {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Name of the server; empty until it is loaded. */
  readonly name: string;
  /** Icon of the server as PNG bytes; empty until it is loaded, or if there is none. */
  readonly icon: Uint8Array;
  /** Uuid of the client's account; undefined until logged in. */
  readonly selfUuid: number | undefined;
  /** The client's account; undefined until it is loaded. */
  readonly self: User | undefined;
  /** Cached accounts by uuid. */
  readonly peers: ReadonlyMap<number, User>;
  /** Uuids of the accounts with at least one open session. */
  readonly online: readonly number[];
  /** Current state of the connection. */
  readonly status: SessionStatus;
  /** Extensions negotiated on the current connection. */
  readonly extensions: ReadonlySet<string>;
  /** Limits that the server announced, by name; empty if it announced none. */
  readonly limits: Readonly<Record<string, number>>;
  /** Base permissions of every account; undefined until known. */
  readonly basePermissions: Permissions | undefined;
  /** Operations on the client's account. */
  readonly account: Account;
  /** Operations that need a server permission. */
  readonly admin: Administration;
  /** Resolves on the next `ready` event; see {@link Server.once} for all events. */
  once(name: "ready", options?: ListenOptions): Promise<readonly unknown[]>;
  /** Returns the cached account, or undefined. */
  getUser(user: Reference<User>): User | undefined;
  /** Fetches an account; see {@link Server.fetchUser}. */
  fetchUser(user: Reference<User>, options?: RequestOptions): Promise<User | undefined>;
  /** Fetches a custom emoji; see {@link Server.fetchEmoji}. */
  fetchEmoji(emoji: Reference<Emoji>, options?: RequestOptions): Promise<Emoji>;
  /** Throws an ExtensionError if the server lacks the extension. */
  requireExtension(extension: ExtensionName): void;
  /** Runs a command and returns the fields of its reply; see {@link Server.command}. */
  command<Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options?: RequestOptions,
  ): Promise<ReplyFields<Name>>;
  /** Sends a packet and returns its reply; see {@link Server.getResponse}. */
  getResponse(packet: OutgoingPacket, options?: RequestOptions): Promise<Packet>;
}
