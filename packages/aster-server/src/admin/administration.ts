import { type ExtensionName, extensionNames, parseRequest, Status } from "@asterite/aster-protocol";
import { operator } from "../access.ts";
import { Executor, type Outcome, standsAlone } from "../commands/execute.ts";
import { packetOf, type ServerContext, type Session } from "../commands/handler.ts";
import type { Store } from "../store/store.ts";
import { AdminError } from "../store/transfer/admin-error.ts";
import { type OperationCall, operations } from "./operations.ts";

/** What the operator can ask for: a command of the protocol, an operation, or a backup. */
export interface AdminRequest {
  /** Name of the command or operation. */
  readonly command: string;
  readonly [field: string]: unknown;
}

/** The fields of an answer. */
export type AdminAnswer = Readonly<Record<string, unknown>>;

const meanings: { readonly [status: number]: string } = {
  [Status.Malformed]: "a value is not allowed",
  [Status.Forbidden]: "not allowed",
  [Status.NotFound]: "there is no such thing",
  [Status.Conflict]: "the name is taken",
  [Status.Internal]: "the server failed; its log says why",
};

const sessionAt = (server: ServerContext): Session => ({
  id: 0,
  user: operator,
  extensions: new Set<ExtensionName>(extensionNames),
  client: "operator",
  network: "",
  logIn: () => {},
  end: () => {},
  extend: () => {},
  whoIsOnline: () => server.hub.presence.list(),
});

/** Carries out what the operator asks for, through the same handlers and store as everybody's commands. */
export class Administration {
  readonly #server: ServerContext;
  readonly #store: Store;
  readonly #executor: Executor;

  constructor(server: ServerContext, store: Store) {
    this.#server = server;
    this.#store = store;
    this.#executor = new Executor(sessionAt(server), server, store);
  }

  /** Resolves with the answer when it is durable; rejects with an AdminError that says what is wrong. */
  ask(request: AdminRequest): Promise<AdminAnswer> {
    if (request.command === "backup") return this.#backup(request);
    return Object.hasOwn(operations, request.command) ? this.#operate(request) : this.#command(request);
  }

  async #backup({ file }: AdminRequest): Promise<AdminAnswer> {
    if (typeof file !== "string" || file === "") throw new AdminError("field file: expected string");
    try {
      await this.#store.backUp(file);
    } catch (error) {
      throw new AdminError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    return { file };
  }

  async #operate({ command, ...given }: AdminRequest): Promise<AdminAnswer> {
    const operation = operations[command];
    if (!operation) throw new AdminError(`no operation ${command}`);
    const fields = (await operation.prepare?.(given, this.#server)) ?? given;
    const effects: (() => void)[] = [];
    const call: OperationCall = {
      server: this.#server,
      date: Math.floor(this.#server.now() / 1000),
      afterCommit: (effect) => void effects.push(effect),
      publish: (audience, packet) => void effects.push(() => this.#server.hub.publish(audience, packet)),
    };
    let answer: object = {};
    await this.#store.transact({
      run: (tx) => operation.run(call, tx, fields),
      onCommit: (result) => {
        answer = result;
        for (const effect of effects) effect();
      },
    });
    return { ...answer };
  }

  async #command(request: AdminRequest): Promise<AdminAnswer> {
    const parsed = parseRequest(JSON.stringify(request));
    if (!parsed.ok) throw new AdminError(parsed.malformed.reason);
    let outcome: Outcome | undefined;
    const conclude = (done: Outcome): void => {
      outcome = done;
      for (const effect of done.effects) effect();
    };
    if (standsAlone(parsed)) {
      await this.#executor.runAlone(parsed.request, conclude);
    } else {
      await this.#store.transact({
        run: (tx) => this.#executor.runShared(parsed, tx),
        onCommit: conclude,
      });
    }
    const reply: AdminAnswer = outcome ? JSON.parse(packetOf(outcome.reply).text) : {};
    if (reply["status"] === Status.Ok) return reply;
    const meaning = meanings[Number(reply["status"])] ?? `status ${reply["status"]}`;
    throw new AdminError(`${request.command}: ${meaning}`);
  }
}
