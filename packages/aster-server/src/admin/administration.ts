import { type ExtensionName, extensionNames, parseRequest, Status } from "@asterite/aster-protocol";
import { operatorId } from "../access.ts";
import { Executor, isExclusive, type Outcome } from "../commands/execute.ts";
import { resolveReply, type ServerContext, type Session } from "../commands/handler.ts";
import { RunningContext } from "../commands/running-call.ts";
import type { Store } from "../store/store.ts";
import { AdminError } from "../store/transfer/admin-error.ts";
import { operations } from "./operations.ts";

/** What the operator can ask for: a command of the protocol, an operation, or a backup. */
export interface AdminRequest {
  /** Name of the command or operation. */
  readonly command: string;
  readonly [field: string]: unknown;
}

/** The fields of an answer. */
export type AdminResponse = Readonly<Record<string, unknown>>;

const statusTexts: { readonly [status: number]: string } = {
  [Status.Malformed]: "a value is not allowed",
  [Status.Forbidden]: "not allowed",
  [Status.NotFound]: "there is no such thing",
  [Status.Conflict]: "the name is taken",
  [Status.Internal]: "the server failed; its log says why",
};

const operatorSession = (server: ServerContext): Session => ({
  id: 0,
  user: operatorId,
  extensions: new Set<ExtensionName>(extensionNames),
  client: "operator",
  network: "",
  logIn: () => {},
  end: () => {},
  applyHello: () => {},
  replyToOnline: () => server.hub.presence.fullReply(),
});

/** Carries out what the operator asks for, through the same handlers and store as everybody's commands. */
export class Administration {
  readonly #server: ServerContext;
  readonly #store: Store;
  readonly #executor: Executor;

  constructor(server: ServerContext, store: Store) {
    this.#server = server;
    this.#store = store;
    this.#executor = new Executor(operatorSession(server), server, store);
  }

  /** Resolves with the answer when it is durable; rejects with an AdminError that says what is wrong. */
  execute(request: AdminRequest): Promise<AdminResponse> {
    if (request.command === "backup") return this.#backUp(request);
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
    return { file };
  }

  async #runOperation({ command, ...given }: AdminRequest): Promise<AdminResponse> {
    const operation = operations[command];
    if (!operation) throw new AdminError(`no operation ${command}`);
    const fields = (await operation.prepare?.(given, this.#server)) ?? given;
    const call = new RunningContext(this.#server);
    let answer: object = {};
    await this.#store.transact({
      run: (tx) => operation.run(call, tx, fields),
      committed: (result) => {
        answer = result;
        for (const effect of call.effects) effect();
      },
    });
    return { ...answer };
  }

  async #runCommand(request: AdminRequest): Promise<AdminResponse> {
    const parsed = parseRequest(JSON.stringify(request));
    if (!parsed.ok) throw new AdminError(parsed.malformed.reason);
    let outcome: Outcome | undefined;
    const conclude = (done: Outcome): void => {
      outcome = done;
      for (const effect of done.effects) effect();
    };
    if (isExclusive(parsed)) {
      await this.#executor.runExclusive(parsed.request, conclude);
    } else {
      await this.#store.transact({
        run: (tx) => this.#executor.runShared(parsed, tx),
        committed: conclude,
      });
    }
    const reply: AdminResponse = outcome ? JSON.parse(resolveReply(outcome.reply).text) : {};
    if (reply["status"] === Status.Ok) return reply;
    const meaning = statusTexts[Number(reply["status"])] ?? `status ${reply["status"]}`;
    throw new AdminError(`${request.command}: ${meaning}`);
  }
}
