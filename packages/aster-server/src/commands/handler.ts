import type { CommandName, ExtensionName, ReplyInput, RequestFields } from "@asterite/aster-protocol";
import type { Cooldowns, Logger } from "@asterite/util";
import type { Access } from "../access.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { LoginThrottle } from "../auth/login-throttle.ts";
import type { TokenUseWriter } from "../auth/token-use-writer.ts";
import type { Files } from "../files/files.ts";
import type { ChannelStateTable } from "../hub/channel-states.ts";
import type { Audience, Hub } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { ServerIdentity, Settings } from "../settings.ts";
import type { LongQueries, StoreAccess, UnitRate } from "../store/store.ts";
import type { InvocationTokens } from "./invocation-tokens.ts";
import type { Refusal } from "./refusals.ts";
import type { ReplayCache } from "./replay-cache.ts";
import type { Searches } from "./searches.ts";

/** Server-wide state and services that commands use; one per server. */
export interface ServerContext {
  readonly settings: Settings;
  /** Random id of the server, which a restored or moved database keeps. */
  readonly serverId: string;
  readonly hub: Hub;
  identity: ServerIdentity;
  /** Current permissions; replaced as a whole, never modified. */
  access: Access;
  /** All accounts as published. */
  readonly accounts: AccountDirectory;
  readonly states: ChannelStateTable;
  readonly invocations: InvocationTokens;
  /** Cooldowns of typing notifications. */
  readonly cooldowns: Cooldowns;
  readonly read: StoreAccess;
  readonly logins: LoginThrottle;
  readonly tokenUses: TokenUseWriter;
  readonly replayCache: ReplayCache;
  readonly audit: AuditLog;
  /** Files of messages; undefined on a server without a folder for them. */
  readonly files: Files | undefined;
  readonly longQueries: LongQueries;
  readonly searches: Searches;
  readonly logger: Logger;
  /**
   * Returns whether the permissions in memory are recent enough to authorise by. False while a process of a
   * cluster cannot reach the database, where others may have changed them, and after the disk of the database
   * failed, which may have dropped changes.
   */
  isCurrent(): boolean;
  /** Returns the Unix time in ms. */
  now(): number;
}

/** How a session was opened. */
export interface SessionOrigin {
  /** `token` for a login by token; `password` for one by password, or a registration. */
  readonly method: "password" | "token";
  /** The token that opened the session or was issued to it. */
  readonly token?: { readonly id: number; readonly hash: Uint8Array };
}

/** Rate of an account or address. */
export interface SessionRate extends UnitRate {
  /** Counts a packet of a length in characters that was delivered to a number of connections. */
  takeFanOut(length: number, deliveries: number): void;
}

/** A connection as its commands see it. */
export interface Session {
  /** Unique among the connections of this process. */
  readonly id: number;
  /** The logged-in account, if any. */
  readonly user: number | undefined;
  /** Client network that limits count: an IPv4 address or an IPv6 /64 network. */
  readonly network: string;
  /** Whether a web page of another site opened the connection: its address does not make it part of the local network. */
  readonly isForeignPage: boolean;
  /** Rate that its requests count against; undefined without a limit. */
  readonly rate?: SessionRate;
  /** Extensions that the client negotiated with `hello`. */
  readonly extensions: ReadonlySet<ExtensionName>;
  /** Name and version from the client's `hello`; empty without one. */
  readonly client: string;
  /** How the session was opened; undefined while logged out. */
  readonly origin: SessionOrigin | undefined;
  /** Whether the client sent `hello`, which deployed clients of the base protocol never do. */
  readonly hasSentHello: boolean;
  /** Whether the server ended the connection. Its remaining requests are refused. */
  readonly isCut: boolean;
  /** Whether the connection is closed: no reply is waited for. */
  readonly isClosed: boolean;
  /** Makes the connection a session of the account. Call after the commit. */
  logIn(user: number, origin: SessionOrigin): void;
  /** Closes the connection after the reply to the present request. Drops the requests that were read after it. */
  endSession(): void;
  /** Returns the reply to `online` and subscribes a client with the extension `presence` to changes. */
  replyToOnline(): OutgoingPacket;
  /** Applies the client's `hello`. Call after the commit. */
  applyHello(client: string, extensions: ReadonlySet<ExtensionName>): void;
}

/** The part of a {@link Call} that the operations of the administration share. */
export interface CallContext {
  readonly server: ServerContext;
  /** Unix time in whole seconds, constant during the call. */
  readonly date: number;
  /** Time at which the call began, in ms of `performance.now`. */
  readonly startedAt: number;
  /** Queues an effect that runs after the commit and before the reply, in the order of the calls. */
  afterCommit(effect: () => void): void;
  /** Publishes a packet after the commit. */
  publish(audience: Audience, packet: OutgoingPacket): void;
}

/** The execution of one request. */
export interface Call<Name extends CommandName> extends CallContext {
  readonly fields: RequestFields<Name>;
  readonly session: Session;
  /** The requesting account. Commands that need a login do not run without one. */
  readonly user: number;
}

/** A reply that is built when it is sent, so that it is consistent with the pushes before and after it. */
export class DeferredReply {
  /** Estimated length of its text, in characters. */
  readonly size: number;
  readonly build: () => OutgoingPacket;

  constructor(size: number, build: () => OutgoingPacket) {
    this.size = size;
    this.build = build;
  }
}

/** Returns the packet of a reply, which builds a deferred one. */
export const resolveReply = (reply: OutgoingPacket | DeferredReply): OutgoingPacket =>
  reply instanceof DeferredReply ? reply.build() : reply;

/**
 * Result of a command: reply fields, a finished packet (such as a cached one), a deferred reply or a refusal.
 */
type Result<Name extends CommandName> = ReplyInput<Name> | OutgoingPacket | DeferredReply | Refusal;

/**
 * Implements one command. The request's shape, the login state and the server-level permission are checked
 * before.
 */
export type Handler<Name extends CommandName> =
  /** Takes its result from memory at a small, constant cost, so that it needs no transaction and waits for none. */
  | { readonly answer: (call: Call<Name>) => Result<Name> }
  /** Read-only; may share a transaction with the commands before and after it. */
  | { readonly read: (call: Call<Name>, tx: StoreAccess) => Promise<Result<Name>> | Result<Name> }
  /** Writes; may share a transaction. */
  | { readonly write: (call: Call<Name>, tx: StoreAccess) => Promise<Result<Name>> }
  /**
   * Does slow work outside any transaction, then runs exclusively in one: the next request of the connection
   * waits until its effects have run.
   */
  | {
      readonly prepare: (
        call: Call<Name>,
      ) => Promise<SecondPhase<Name> | Refusal> | SecondPhase<Name> | Refusal;
    };

type TransactionBody<Name extends CommandName> = (tx: StoreAccess) => Promise<Result<Name>> | Result<Name>;

/** The transactional second phase of a two-phase handler. `read` marks it as read-only. */
export type SecondPhase<Name extends CommandName> =
  | TransactionBody<Name>
  | { readonly read: TransactionBody<Name> };

/**
 * Creates a handler that writes in a transaction of its own, because the next request depends on its effects
 * in memory.
 */
export const exclusive = <Name extends CommandName>(
  write: (call: Call<Name>, tx: StoreAccess) => Promise<Result<Name>> | Result<Name>,
): Handler<Name> => ({ prepare: (call) => (tx) => write(call, tx) });

/** Handlers by command name. */
export type HandlerTable = { readonly [Name in CommandName]?: Handler<Name> };
