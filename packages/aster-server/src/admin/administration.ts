import { type ExtensionName, extensionNames, parseRequest, Status } from "@asterite/aster-protocol";
import { operatorId } from "../access.ts";
import { audited } from "../audit/audited.ts";
import { operatorEntry } from "../audit/operator-entry.ts";
import { Executor, isExclusive, type Outcome } from "../commands/execute.ts";
import { resolveReply, type ServerContext, type Session } from "../commands/handler.ts";
import { RunningContext } from "../commands/running-call.ts";
import type { Store, StoreAccess } from "../store/store.ts";
import { AdminError } from "../store/transfer/admin-error.ts";
import { type Fields, type Operation, operations } from "./operations.ts";

/** Request of the operator: a command of the protocol, an administrative operation, `backup` or `rotate_bus_key`. */
export interface AdminRequest {
  /** Name of the command or operation. */
  readonly command: string;
  readonly [field: string]: unknown;
}

/** Fields of the response to an {@link AdminRequest}. */
export type AdminResponse = Readonly<Record<string, unknown>>;

const statusTexts: { readonly [status: number]: string } = {
  [Status.Malformed]: "invalid value",
  [Status.Forbidden]: "permission denied",
  [Status.NotFound]: "not found",
  [Status.Conflict]: "name already in use",
  [Status.Internal]: "internal error; see the server's log",
};

/** Texts of reasons that say more than their status. */
const reasonTexts: { readonly [reason: string]: string } = {
  last_administrator: "the server would have no administrator",
};

const operatorSession = (server: ServerContext): Session => ({
  id: 0,
  user: operatorId,
  extensions: new Set<ExtensionName>(extensionNames),
  client: "operator",
  network: "",
  origin: undefined,
  hasSentHello: true,
  isForeignPage: false,
  isCut: false,
  isClosed: false,
  logIn: () => {},
  endSession: () => {},
  applyHello: () => {},
  replyToOnline: () => server.hub.presence.fullReply(),
});

/** Executes the operator's requests with the same handlers and store as client requests. */
export class Administration {
  readonly #server: ServerContext;
  readonly #store: Store;
  readonly #executor: Executor;

  constructor(server: ServerContext, store: Store) {
    this.#server = server;
    this.#store = store;
    this.#executor = new Executor(operatorSession(server), server, store);
  }

  /** Executes a request and returns its response after the commit. Rejects with an AdminError. */
  execute(request: AdminRequest): Promise<AdminResponse> {
    if (request.command === "backup") return this.#backUp(request);
    if (request.command === "rotate_bus_key") return this.#rotateBusKey();
    return Object.hasOwn(operations, request.command)
      ? this.#runOperation(request)
      : this.#runCommand(request);
  }

  async #backUp({ file }: AdminRequest): Promise<AdminResponse> {
    if (typeof file !== "string" || file === "") throw new AdminError("field file: expected string");
    try {
      await this.#store.backUp(file);
    } catch (error) {
      throw new AdminError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    await this.#record("backup");
    return { file };
  }

  /** Records an operation that is no unit of work of the store. */
  #record(action: string): Promise<void> {
    const entry = operatorEntry(action, this.#server.now());
    return this.#store.transact({ run: (tx) => tx.audit.add(entry), onCommit: () => {} });
  }

  async #rotateBusKey(): Promise<AdminResponse> {
    const { sharedLog } = this.#store;
    if (!sharedLog) throw new AdminError("only the processes of a PostgreSQL database have a bus key");
    const number = await sharedLog.rotateBusKey();
    await this.#record("rotate_bus_key");
    return { number };
  }

  async #runOperation({ command, ...given }: AdminRequest): Promise<AdminResponse> {
    const operation = operations[command];
    if (!operation) throw new AdminError(`unknown operation ${command}`);
    const fields = (await operation.prepare?.(given, this.#server)) ?? given;
    const call = new RunningContext(this.#server);
    let response: object = {};
    await this.#store.transact({
      run: (tx) => this.#runAudited(command, operation, call, tx, fields),
      onCommit: (result) => {
        response = result;
        for (const effect of call.effects) effect();
      },
    });
    return { ...response };
  }

  #runAudited(
    command: string,
    { target, run }: Operation,
    call: RunningContext,
    tx: StoreAccess,
    fields: Fields,
  ): Promise<object> {
    if (!target) return run(call, tx, fields);
    const action = {
      action: command,
      actor: operatorId,
      target: (result?: object) => target(fields, result),
    };
    return audited(call, tx, action, () => run(call, tx, fields));
  }

  async #runCommand(request: AdminRequest): Promise<AdminResponse> {
    const parsed = parseRequest(JSON.stringify(request));
    if (!parsed.ok) throw new AdminError(parsed.malformed.description);
    let outcome: Outcome | undefined;
    const applyOutcome = (committed: Outcome): void => {
      outcome = committed;
      for (const effect of committed.effects) effect();
    };
    if (isExclusive(parsed)) {
      await this.#executor.runExclusive(parsed.request, applyOutcome);
    } else {
      await this.#store.transact({
        run: (tx) => this.#executor.runShared(parsed, tx),
        onCommit: applyOutcome,
      });
    }
    const reply: AdminResponse = outcome ? JSON.parse(resolveReply(outcome.reply).text) : {};
    if (reply["status"] === Status.Ok) return reply;
    const text =
      reasonTexts[String(reply["reason"])] ??
      statusTexts[Number(reply["status"])] ??
      `status ${reply["status"]}`;
    throw new AdminError(`${request.command}: ${text} (${reply["reason"]})`);
  }
}
