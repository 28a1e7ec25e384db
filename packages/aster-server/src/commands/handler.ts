import type { CommandName, ReplyInput, RequestFields, Status } from "@asterite/aster-protocol";
import type { Access } from "../access.ts";
import type { Audience, Hub } from "../hub.ts";
import type { Logger } from "../logger.ts";
import type { LoginThrottle } from "../login-throttle.ts";
import type { OutgoingPacket } from "../outgoing.ts";
import type { Settings } from "../settings.ts";
import type { StoreReader, StoreWriter } from "../store/store.ts";

/** What every command can look at; one per server. */
export interface ServerContext {
  readonly settings: Settings;
  readonly hub: Hub;
  /** The present answer to who may do what; asked anew for each command, since it is replaced. */
  access(): Access;
  readonly read: StoreReader;
  readonly logins: LoginThrottle;
  readonly logger: Logger;
  /** Unix time in milliseconds. */
  now(): number;
}

/** The connection as its commands see it. */
export interface Session {
  /** The account that is logged in here, if any. */
  readonly user: number | undefined;
  /** Where the connection comes from, as bounds count it: an IPv4 address or an IPv6 network. */
  readonly network: string;
  /** Makes the connection a session of this account. Only after the commit. */
  logIn(user: number): void;
}

/** One request while it is carried out. */
export interface Call<Name extends CommandName> {
  readonly fields: RequestFields<Name>;
  readonly session: Session;
  /** The account that sent this; commands of the state `in` are not run without one. */
  readonly user: number;
  readonly server: ServerContext;
  /** Runs when what the command wrote is durable, before its reply is sent, in the order of calls. */
  afterCommit(effect: () => void): void;
  /** Sends a packet to an audience after the commit. */
  publish(audience: Audience, packet: OutgoingPacket): void;
}

/** A command's negative answer; whatever it wrote is undone. */
export class Refusal {
  readonly status: Status;

  constructor(status: Status) {
    this.status = status;
  }
}

/** Answers with a status other than 200. */
export const refuse = (status: Status): Refusal => new Refusal(status);

type Answer<Name extends CommandName> = ReplyInput<Name> | Refusal;

/**
 * How one command is carried out. The shape of the request, the login state and the server-level permission
 * have been checked before.
 */
export type Handler<Name extends CommandName> =
  /** Only reads, and may share a transaction with the commands before and after it. */
  | { readonly read: (call: Call<Name>, tx: StoreReader) => Promise<Answer<Name>> | Answer<Name> }
  /** Writes, and may share a transaction. */
  | { readonly write: (call: Call<Name>, tx: StoreWriter) => Promise<Answer<Name>> }
  /**
   * Does slow work first, outside any transaction, and is alone in its transaction: the next request of the
   * connection waits until its effects are there.
   */
  | { readonly prepare: (call: Call<Name>) => Promise<Prepared<Name> | Refusal> };

/** What remains to be done in the transaction after slow work. */
type Prepared<Name extends CommandName> = (tx: StoreWriter) => Promise<Answer<Name>>;

/** Handlers by command name. */
export type HandlerTable = { readonly [Name in CommandName]?: Handler<Name> };
