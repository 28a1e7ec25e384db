import {
  type CommandDefinition,
  type CommandName,
  commands,
  type MalformedRequest,
  type ParsedRequest,
  type ReplyInput,
  type Request,
  Status,
} from "@asterite/aster-protocol";
import { SemaphoreFullError } from "@asterite/util";
import { auditRuleOf } from "../audit/audit-rules.ts";
import { targetText } from "../audit/audit-target.ts";
import { audited } from "../audit/audited.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { AuditDetails } from "../store/audit-store.ts";
import type { Store, StoreAccess } from "../store/store.ts";
import { DeferredReply, type Handler, type ServerContext, type Session } from "./handler.ts";
import { handlers } from "./index.ts";
import { Refusal, refuse } from "./refusals.ts";
import { RunningCall } from "./running-call.ts";

/** Result of a command, to be applied after its commit: the effects in order, then the reply. */
export interface Outcome {
  readonly effects: readonly (() => void)[];
  readonly reply: OutgoingPacket | DeferredReply;
  readonly command: string;
  readonly status: Status;
}

const noEffects: readonly (() => void)[] = [];

// A deployed client cannot decode a `send` reply without this field, even a negative one.
const failureFields: { readonly [command: string]: object } = { send: { message: 0 } };

// The table pairs each name with its own handler, which the compiler cannot follow through a lookup.
const handlerOf = (command: CommandName): Handler<CommandName> => handlers[command] as Handler<CommandName>;

/** Returns whether a request needs a transaction of its own. */
export const isExclusive = (parsed: ParsedRequest): boolean =>
  parsed.ok && "prepare" in handlerOf(parsed.request.command);

/** Returns whether a request only reads. */
export const isReadOnly = (parsed: ParsedRequest): boolean =>
  !parsed.ok || ["read", "answer"].some((phase) => phase in handlerOf(parsed.request.command));

/** Commands that work before a login on servers that require one. */
const entryCommands: ReadonlySet<CommandName> = new Set(["hello", "login", "register"]);

/** Returns the refusal of a request before its handler runs, if it is refused. */
function refuseEarly(
  command: CommandName,
  { user, isCut }: Session,
  server: ServerContext,
): Refusal | undefined {
  const { state, permission, wrongState }: CommandDefinition = commands[command];
  if (isCut) return refuse.notLoggedIn(wrongState);
  const isGuest = user === undefined;
  if (isGuest && server.settings.loginRequired && !entryCommands.has(command))
    return refuse.notLoggedIn(wrongState);
  if (state === "in" && user === undefined) return refuse.notLoggedIn(wrongState);
  if (state === "out" && user !== undefined) return refuse.loggedIn(wrongState);
  if (state === "in" && !server.isCurrent()) return refuse.unavailable();
  if (permission && user !== undefined && !server.access.allows(user, permission)) {
    return refuse.permission(permission);
  }
  return undefined;
}

/** Runs the requests of one session. */
export class Executor {
  readonly #session: Session;
  readonly #server: ServerContext;
  readonly #store: Store;

  constructor(session: Session, server: ServerContext, store: Store) {
    this.#session = session;
    this.#server = server;
    this.#store = store;
  }

  /** Answers a request that needs no transaction; undefined if it needs one. */
  answer(parsed: ParsedRequest): Outcome | undefined {
    if (!parsed.ok) return this.#malformedOutcome(parsed.malformed);
    const { command } = parsed.request;
    const handler = handlerOf(command);
    if (!("answer" in handler)) return undefined;
    const call = new RunningCall(parsed.request, this.#session, this.#server);
    const refused = refuseEarly(command, this.#session, this.#server);
    return refused
      ? this.#refuse(command, call, refused)
      : this.#outcomeOf(command, call, handler.answer(call));
  }

  /** Runs one non-exclusive request in a shared transaction. */
  async runShared(parsed: ParsedRequest, tx: StoreAccess): Promise<Outcome> {
    if (!parsed.ok) return this.#malformedOutcome(parsed.malformed);
    const { command } = parsed.request;
    const call = new RunningCall(parsed.request, this.#session, this.#server);
    return await this.#runGuarded(command, call, async (handler) => {
      if ("answer" in handler) return this.#outcomeOf(command, call, handler.answer(call));
      if ("read" in handler) return this.#outcomeOf(command, call, await handler.read(call, tx));
      if ("write" in handler) {
        return await this.#runRevertible(command, call, tx, () => handler.write(call, tx));
      }
      throw new Error(`${command} needs a transaction of its own`);
    });
  }

  /** Runs one exclusive request: its slow work, then its transaction, then `committed`. */
  async runExclusive(request: Request, onCommit: (outcome: Outcome) => void): Promise<void> {
    const call = new RunningCall(request, this.#session, this.#server);
    const { command } = request;
    let isCommitted = false;
    const refused = await this.#runGuarded(command, call, async (handler) => {
      if (!("prepare" in handler)) throw new Error(`${command} has no slow work`);
      const secondPhase = await handler.prepare(call);
      if (secondPhase instanceof Refusal) return this.#refuse(command, call, secondPhase);
      const isReadOnly = typeof secondPhase === "object";
      await this.#store.transact({
        isReadOnly,
        rate: this.#session.rate,
        run: async (tx) => {
          // The session may have been ended during the slow work.
          const ended = refuseEarly(command, this.#session, this.#server);
          if (ended) return this.#refuse(command, call, ended);
          return isReadOnly
            ? this.#outcomeOf(command, call, await secondPhase.read(tx))
            : await this.#runRevertible(command, call, tx, () => secondPhase(tx));
        },
        onCommit: (outcome) => {
          isCommitted = true;
          onCommit(outcome);
        },
      });
      return undefined;
    });
    if (refused && !isCommitted) onCommit(refused);
  }

  /** Logs an internal failure and returns the outcome for it. */
  failureOutcome(command: string, error: unknown): Outcome {
    if (error instanceof SemaphoreFullError) {
      this.#server.logger.debug({ command }, "command rejected: queue full");
      return this.#refusalOutcome(command, refuse.unavailable());
    }
    this.#server.logger.error({ err: error, command }, "command failed");
    return this.#refusalOutcome(command, refuse.internal());
  }

  #malformedOutcome({ command, description, reason }: MalformedRequest): Outcome {
    this.#server.logger.debug({ command: command.slice(0, 100), description }, "malformed request");
    return this.#refusalOutcome(command, refuse.malformed(reason));
  }

  async #runGuarded<Result>(
    command: CommandName,
    call: RunningCall,
    run: (handler: Handler<CommandName>) => Promise<Result>,
  ): Promise<Result | Outcome> {
    const refused = refuseEarly(command, this.#session, this.#server);
    if (refused) return this.#refuse(command, call, refused);
    try {
      return await run(handlerOf(command));
    } catch (error) {
      return this.failureOutcome(command, error);
    }
  }

  /** Rolls back the writes of a command, and only these, if it refuses or throws. */
  async #runRevertible(
    command: CommandName,
    call: RunningCall,
    tx: StoreAccess,
    write: () => Promise<object> | object,
  ): Promise<Outcome> {
    try {
      return await this.#store.withSavepoint(async () => {
        const result = await this.#runAudited(command, call, tx, write);
        if (result instanceof Refusal) throw result;
        return this.#outcomeOf(command, call, result);
      });
    } catch (error) {
      if (error instanceof Refusal) return this.#refuse(command, call, error);
      throw error;
    }
  }

  /** Runs the writes of a command, and records in the audit log what they change. */
  #runAudited(
    command: CommandName,
    call: RunningCall,
    tx: StoreAccess,
    write: () => Promise<object> | object,
  ): Promise<object> | object {
    const rule = auditRuleOf(command);
    if (!rule || rule.isRecordedByHandler) return write();
    const { fields, user } = call;
    const action = {
      action: command,
      actor: this.#session.user,
      address: this.#session.network,
      // The reply of this command, which the compiler cannot follow through the table.
      target: (reply?: object) => rule.target({ fields, user, reply: reply as ReplyInput<CommandName> }),
      skips: (before?: AuditDetails) => rule.skips?.(before, user) ?? false,
    };
    return audited(call, tx, action, write);
  }

  /** Returns the outcome of a refusal, and records one that the audit log is for. */
  #refuse(command: CommandName, call: RunningCall, refusal: Refusal): Outcome {
    const rule = auditRuleOf(command);
    const isFailedLogin = command === "login" && refusal.status === Status.NotFound;
    if (rule && (refusal.status === Status.Forbidden || isFailedLogin)) {
      const { fields, user, date } = call;
      const target =
        refusal.account === undefined
          ? rule.target({ fields, user })
          : ({ type: "user", id: refusal.account } as const);
      this.#server.audit.recordRefusal({
        date,
        actor: this.#session.user,
        action: command,
        address: this.#session.network,
        target: target && targetText(target),
        result: refusal.reason,
      });
    }
    return this.#refusalOutcome(command, refusal);
  }

  #refusalOutcome(command: string, refusal: Refusal): Outcome {
    const { status } = refusal;
    const fields = { ...failureFields[command], ...refusal.fieldsFor(this.#session.extensions) };
    const reply = new OutgoingPacket({ ...fields, command, status });
    return { effects: noEffects, reply, command, status };
  }

  #outcomeOf(command: CommandName, call: RunningCall, result: object): Outcome {
    if (result instanceof Refusal) return this.#refuse(command, call, result);
    const isReply = result instanceof OutgoingPacket || result instanceof DeferredReply;
    const reply = isReply ? result : new OutgoingPacket({ ...result, command, status: Status.Ok });
    return { effects: call.effects, reply, command, status: Status.Ok };
  }
}
