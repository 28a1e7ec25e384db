import {
  type CommandDefinition,
  type CommandName,
  commands,
  type ParsedRequest,
  type Request,
  type RequestFields,
  Status,
} from "@asterite/aster-protocol";
import { GateFullError } from "../auth/fair-semaphore.ts";
import type { Audience } from "../hub/hub.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Store, StoreAccess } from "../store/store.ts";
import { type Call, type Handler, LateReply, Refusal, type ServerContext, type Session } from "./handler.ts";
import { handlers } from "./index.ts";

/** What a command leads to once it is durable: effects in order, then the reply. */
export interface Outcome {
  readonly effects: readonly (() => void)[];
  readonly reply: OutgoingPacket | LateReply;
  readonly command: string;
  readonly status: Status;
}

const noEffects: readonly (() => void)[] = [];

// A deployed client cannot decode a `send` reply without this field, whatever its status.
const failureFields: { readonly [command: string]: object } = { send: { message: 0 } };

/** A negative answer. */
const failure = (command: string, status: Status, details?: object): Outcome => ({
  effects: noEffects,
  reply: new OutgoingPacket({ ...failureFields[command], ...details, command, status }),
  command,
  status,
});

// The table pairs each name with its own handler, which the compiler cannot follow through a lookup.
const handlerOf = (command: CommandName): Handler<CommandName> => handlers[command] as Handler<CommandName>;

/** Whether a request does slow work before its transaction and so has to be alone in it. */
export const standsAlone = (parsed: ParsedRequest): boolean =>
  parsed.ok && "prepare" in handlerOf(parsed.request.command);

/** Whether a request can be answered without changing anything. */
export const onlyReads = (parsed: ParsedRequest): boolean =>
  !parsed.ok || "read" in handlerOf(parsed.request.command);

/** The status with which a request is refused before its handler is asked, if it is. */
function refusedBy(
  definition: CommandDefinition,
  user: number | undefined,
  server: ServerContext,
): Status | undefined {
  if (definition.state === "in" && user === undefined) return definition.wrongState ?? Status.NotLoggedIn;
  if (definition.state === "out" && user !== undefined) return definition.wrongState ?? Status.WrongState;
  if (definition.state === "in" && !server.isCurrent()) return Status.Internal;
  if (definition.permission && user !== undefined && !server.access.allows(user, definition.permission)) {
    return Status.Forbidden;
  }
  return undefined;
}

class RunningCall implements Call<CommandName> {
  readonly fields: RequestFields<CommandName>;
  readonly session: Session;
  readonly user: number;
  readonly server: ServerContext;
  readonly date: number;
  readonly effects: (() => void)[] = [];

  constructor(request: Request, session: Session, server: ServerContext) {
    this.fields = request.fields;
    this.session = session;
    // Only commands that need no login run without one, and they do not ask.
    this.user = session.user ?? -1;
    this.server = server;
    this.date = Math.floor(server.now() / 1000);
  }

  // Properties, not methods: handlers take them out of the call.
  readonly afterCommit = (effect: () => void): void => {
    this.effects.push(effect);
  };

  readonly publish = (audience: Audience, packet: OutgoingPacket): void => {
    this.effects.push(() => this.server.hub.publish(audience, packet));
  };
}

/** Carries out requests of one connection; holds what all of them share. */
export class Executor {
  readonly #session: Session;
  readonly #server: ServerContext;
  readonly #store: Store;

  constructor(session: Session, server: ServerContext, store: Store) {
    this.#session = session;
    this.#server = server;
    this.#store = store;
  }

  /** Runs one request that does not stand alone, inside a transaction. */
  async runShared(parsed: ParsedRequest, tx: StoreAccess): Promise<Outcome> {
    if (!parsed.ok) return this.#malformed(parsed.malformed.command, parsed.malformed.reason);
    const { command } = parsed.request;
    const call = new RunningCall(parsed.request, this.#session, this.#server);
    return await this.#guarded(command, async (handler) => {
      if ("read" in handler) return this.#outcome(command, call, await handler.read(call, tx));
      if ("write" in handler) return await this.#undoable(command, call, () => handler.write(call, tx));
      throw new Error(`${command} must stand alone`);
    });
  }

  /** Runs one request that stands alone: its slow work, then its transaction, then `committed`. */
  async runAlone(request: Request, committed: (outcome: Outcome) => void): Promise<void> {
    const call = new RunningCall(request, this.#session, this.#server);
    const { command } = request;
    let delivered = false;
    const refused = await this.#guarded(command, async (handler) => {
      if (!("prepare" in handler)) throw new Error(`${command} does not stand alone`);
      const prepared = await handler.prepare(call);
      if (prepared instanceof Refusal) return this.#refused(command, prepared);
      const onlyReads = typeof prepared === "object";
      await this.#store.transact({
        isReadOnly: onlyReads,
        run: async (tx) =>
          onlyReads
            ? this.#outcome(command, call, await prepared.read(tx))
            : await this.#undoable(command, call, () => prepared(tx)),
        onCommit: (outcome) => {
          delivered = true;
          committed(outcome);
        },
      });
      return undefined;
    });
    if (refused && !delivered) committed(refused);
  }

  /** The answer to a failure of ours; what happened is in the log. */
  failed(command: string, error: unknown): Outcome {
    if (error instanceof GateFullError) this.#server.logger.debug({ command }, "too busy");
    else this.#server.logger.error({ err: error, command }, "command failed");
    return failure(command, Status.Internal);
  }

  #malformed(command: string, reason: string): Outcome {
    this.#server.logger.debug({ command: command.slice(0, 100), reason }, "malformed request");
    return failure(command, Status.Malformed);
  }

  async #guarded<Result>(
    command: CommandName,
    run: (handler: Handler<CommandName>) => Promise<Result>,
  ): Promise<Result | Outcome> {
    const refused = refusedBy(commands[command], this.#session.user, this.#server);
    if (refused !== undefined) return failure(command, refused);
    try {
      return await run(handlerOf(command));
    } catch (error) {
      return this.failed(command, error);
    }
  }

  /** Undoes what a command wrote if it refuses or throws, and leaves the transaction alone. */
  async #undoable(
    command: CommandName,
    call: RunningCall,
    write: () => Promise<object> | object,
  ): Promise<Outcome> {
    try {
      return await this.#store.withSavepoint(async () => {
        const answer = await write();
        if (answer instanceof Refusal) throw answer;
        return this.#outcome(command, call, answer);
      });
    } catch (error) {
      if (error instanceof Refusal) return this.#refused(command, error);
      throw error;
    }
  }

  #refused(command: string, { status, details }: Refusal): Outcome {
    return failure(command, status, this.#session.extensions.size > 0 ? details : undefined);
  }

  #outcome(command: string, call: RunningCall, answer: object): Outcome {
    if (answer instanceof Refusal) return this.#refused(command, answer);
    const made = answer instanceof OutgoingPacket || answer instanceof LateReply;
    const reply = made ? answer : new OutgoingPacket({ ...answer, command, status: Status.Ok });
    return { effects: call.effects, reply, command, status: Status.Ok };
  }
}
