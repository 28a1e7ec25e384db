import type { RankedPermissions } from "@asterite/aster-protocol";
import { type Actor, toActor } from "./audit-log.ts";
import { checkOptions, unixSecondsOf } from "./errors.ts";
import { type Reference, uuidsOf } from "./references.ts";
import type { Command } from "./session/command.ts";
import type { Login } from "./session/login.ts";
import { type RequestOptions, requestOptions } from "./session/request-matcher.ts";

/** Description of an open invite, without its code. */
export interface Invite {
  /** Id of the invite, for {@link Invites.revoke}. */
  readonly id: number;
  /** Account that created it, or the operator. */
  readonly author: Actor;
  /** Uuids of the groups of accounts that register with it. */
  readonly groups: readonly number[];
  /** Time at which it was created. */
  readonly createdAt: Date;
  /** Time from which it is invalid. */
  readonly expiresAt: Date;
  /** Registrations that are left. */
  readonly usesLeft: number;
}

/** A new invite with its code, which the server cannot return again. */
export interface CreatedInvite {
  /** Id of the invite, for {@link Invites.revoke}. */
  readonly id: number;
  /** Code for the option `invite` of a registration, or for a link `https://host:port/#invite=CODE`. */
  readonly code: string;
  /** Time from which it is invalid. */
  readonly expiresAt: Date;
  /** Registrations that are left. */
  readonly usesLeft: number;
}

/** Options of {@link Invites.create}. */
export interface InviteOptions extends RequestOptions {
  /** Registrations, 1 to 1000. Default 1. */
  readonly uses?: number;
  /** Time from which the invite is invalid, at most 366 days from now. Default: in 7 days. */
  readonly expiresAt?: Date;
  /** Groups of the new accounts, which the author must be able to assign. Default: none. */
  readonly groups?: readonly Reference<RankedPermissions>[];
}

const createOptions = { ...requestOptions, uses: "number", expiresAt: 0, groups: 0 };

const toDate = (unixSeconds: number): Date => new Date(unixSeconds * 1000);

/**
 * Invites, with which accounts can be registered. All methods need the permission `modify_user_groups`; they throw
 * a CommandError with status 403 without it, and an ExtensionError if the server lacks the extension `invites`.
 */
export class Invites {
  readonly #command: Command;
  readonly #login: Login;

  /** @internal */
  constructor(command: Command, login: Login) {
    this.#command = command;
    this.#login = login;
  }

  /**
   * Creates an invite.
   *
   * @throws AsterError `ARGUMENT_INVALID` for an invalid date, CommandError with status 400 for values out of range,
   *   403 for groups that the account cannot assign, and 409 if too many invites are open.
   */
  async create(options: InviteOptions = {}): Promise<CreatedInvite> {
    this.#login.features.require("invites");
    checkOptions("options of create", options, createOptions);
    const { uses, expiresAt, groups, ...request } = options;
    const expires = unixSecondsOf("expiresAt", expiresAt);
    const fields = { uses, expires, groups: groups === undefined ? undefined : uuidsOf("groups", groups) };
    const reply = await this.#command("create_invite", fields, request);
    return {
      id: reply.id,
      code: reply.invite,
      expiresAt: toDate(reply.expires),
      usesLeft: reply.uses_left,
    };
  }

  /** Fetches the open invites, oldest first. */
  async list(options: RequestOptions = {}): Promise<Invite[]> {
    this.#login.features.require("invites");
    const { data } = await this.#command("list_invites", {}, options);
    return data.map(({ id, author, groups, created, expires, uses_left }) => ({
      id,
      author: toActor(author),
      groups,
      createdAt: toDate(created),
      expiresAt: toDate(expires),
      usesLeft: uses_left,
    }));
  }

  /** Revokes an invite; throws a CommandError with status 404 if it is not open. */
  async revoke(id: number, options: RequestOptions = {}): Promise<void> {
    this.#login.features.require("invites");
    await this.#command("revoke_invite", { id }, options);
  }
}
