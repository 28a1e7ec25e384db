import type { CommandName, ExtensionName, ReplyInput, RequestFields, Status } from "@asterite/aster-protocol";
import type { Cooldowns, Logger } from "@asterite/util";
import type { Access } from "../access.ts";
import type { LoginThrottle } from "../auth/login-throttle.ts";
import type { TokenUses } from "../auth/token-uses.ts";
import type { StateTable } from "../hub/channel-states.ts";
import type { Audience, Hub } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Settings } from "../settings.ts";
import type { LongQueries, StoreAccess } from "../store/store.ts";
import type { CatchUps } from "./replay-cache.ts";

/** What clients see of the server itself; replaced when an administrator changes it. */
interface Identity {
  readonly name: string;
  /** Base64 of a PNG. */
  readonly icon: string;
}

/** What every command can look at; one per server. */
export interface ServerContext {
  readonly settings: Settings;
  readonly hub: Hub;
  identity: Identity;
  /** The present answer to who may do what; replaced as a whole, never changed. */
  access: Access;
  readonly states: StateTable;
  /** When users may say again that they are typing. */
  readonly pace: Cooldowns;
  readonly read: StoreAccess;
  readonly logins: LoginThrottle;
  readonly tokenUses: TokenUses;
  readonly catchUps: CatchUps;
  readonly scans: LongQueries;
  readonly logger: Logger;
  /**
   * Whether what is known here of permissions is young enough to decide by. Always, where there is one process; not
   * where others may have changed them while this one was cut off from the database.
   */
  isCurrent(): boolean;
  /** Unix time in milliseconds. */
  now(): number;
}

/** The connection as its commands see it. */
export interface Session {
  /** Distinguishes it from every other connection of this process. */
  readonly id: number;
  /** The account that is logged in here, if any. */
  readonly user: number | undefined;
  /** Where the connection comes from, as bounds count it: an IPv4 address or an IPv6 network. */
  readonly network: string;
  /** What the client asked for with `hello`. */
  readonly extensions: ReadonlySet<ExtensionName>;
  /** Name and version that the client gave with `hello`; empty without it. */
  readonly client: string;
  /** Makes the connection a session of this account. Only after the commit. */
  logIn(user: number): void;
  /** Ends the connection when what was read is answered. */
  end(): void;
  /** The answer to who is online; a client that understands it is told of every change after it. */
  whoIsOnline(): OutgoingPacket;
  /** The client said `hello`. Only after the commit. */
  extend(client: string, extensions: ReadonlySet<ExtensionName>): void;
}

/** One request while it is carried out. */
export interface Call<Name extends CommandName> {
  readonly fields: RequestFields<Name>;
  readonly session: Session;
  /** The account that sent this; commands of the state `in` are not run without one. */
  readonly user: number;
  readonly server: ServerContext;
  /** Unix time in whole seconds, the same throughout the call. */
  readonly date: number;
  /** Runs when what the command wrote is durable, before its reply is sent, in the order of calls. */
  afterCommit(effect: () => void): void;
  /** Sends a packet to an audience after the commit. */
  publish(audience: Audience, packet: OutgoingPacket): void;
}

/** A command's negative answer; whatever it wrote is undone. */
export class Refusal {
  readonly status: Status;
  /** Fields for clients that said `hello`. */
  readonly details: object;

  constructor(status: Status, details: object = {}) {
    this.status = status;
    this.details = details;
  }
}

/** Answers with a status other than 200. */
export const refuse = (status: Status, details?: object): Refusal => new Refusal(status, details);

/** An answer about the moment in which it is sent, so that no push from between comes before it. */
export class LateReply {
  /** About the length of its text, which is not known yet. */
  readonly size: number;
  readonly make: () => OutgoingPacket;

  constructor(size: number, make: () => OutgoingPacket) {
    this.size = size;
    this.make = make;
  }
}

/** What is sent as the answer at this moment. */
export const packetOf = (reply: OutgoingPacket | LateReply): OutgoingPacket =>
  reply instanceof LateReply ? reply.make() : reply;

/** What a command is answered with; a packet where the same was made for somebody else. */
type Answer<Name extends CommandName> = ReplyInput<Name> | OutgoingPacket | LateReply | Refusal;

/**
 * How one command is carried out. The shape of the request, the login state and the server-level permission
 * have been checked before.
 */
export type Handler<Name extends CommandName> =
  /** Only reads, and may share a transaction with the commands before and after it. */
  | { readonly read: (call: Call<Name>, tx: StoreAccess) => Promise<Answer<Name>> | Answer<Name> }
  /** Writes, and may share a transaction. */
  | { readonly write: (call: Call<Name>, tx: StoreAccess) => Promise<Answer<Name>> }
  /**
   * Does slow work first, outside any transaction, and is alone in its transaction: the next request of the
   * connection waits until its effects are there.
   */
  | { readonly prepare: (call: Call<Name>) => Promise<Prepared<Name> | Refusal> | Prepared<Name> | Refusal };

type InTransaction<Name extends CommandName> = (tx: StoreAccess) => Promise<Answer<Name>> | Answer<Name>;

/** What remains to be done in the transaction after slow work; with `read` it changes nothing. */
export type Prepared<Name extends CommandName> = InTransaction<Name> | { readonly read: InTransaction<Name> };

/** Writes, and is alone in its transaction because the next request depends on what it changes in memory. */
export const alone = <Name extends CommandName>(
  write: (call: Call<Name>, tx: StoreAccess) => Promise<Answer<Name>> | Answer<Name>,
): Handler<Name> => ({ prepare: (call) => (tx) => write(call, tx) });

/** Handlers by command name. */
export type HandlerTable = { readonly [Name in CommandName]?: Handler<Name> };
