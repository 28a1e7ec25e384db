import {
  type Operation,
  type OperationFields,
  operations,
  type ParsedPayload,
  readLavalinkFilters,
} from "@asterite/andesite-protocol";
import type { Logger } from "@asterite/util";
import { OperationError } from "../../errors.ts";
import type { PlayerOperation, Players } from "../../players/players.ts";
import { toErrorReport } from "../error-report.ts";
import type { ClientSession } from "./client-session.ts";
import { OutgoingMessage, playerUpdate } from "./outgoing-message.ts";
import { type PlayerSubscriptions, playerKey } from "./player-subscriptions.ts";

/** Dependencies of operations. */
export interface OperationContext {
  readonly players: Players;
  readonly subscriptions: PlayerSubscriptions;
  readonly logger: Logger;
  readonly maxBufferMs: number;
  /** Returns the statistics in Andesite's format. */
  readonly stats: () => object;
}

const maxResumeKeyLength = 256;

/** Executes a parsed WebSocket message. Never throws, regardless of the client's input. */
export function handlePayload(
  session: ClientSession,
  parsed: ParsedPayload,
  context: OperationContext,
): void {
  switch (parsed.type) {
    case "close":
      session.webSocket.close(parsed.code, parsed.reason);
      return;
    case "unknown":
      return;
    case "invalid":
      handleFailure(session, parsed, new OperationError(parsed.field, parsed.expected), context.logger);
      return;
    case "operation":
      try {
        executeOperation(session, parsed.operation, context);
      } catch (error) {
        handleFailure(session, parsed.operation, error, context.logger);
      }
  }
}

/** Logs a refused operation, and reports it to a client that negotiated the extension. */
function handleFailure(
  session: ClientSession,
  { op, guildId, userId: givenUserId, payload }: Pick<Operation, "op" | "guildId" | "userId" | "payload">,
  error: unknown,
  logger: Logger,
): void {
  const { id: connection, userId, reportsFailures } = session.identity;
  const reason = error instanceof Error ? error.message : String(error);
  const level = session.recordFailure() ? "warn" : "debug";
  logger[level]({ connection, userId, op, reason }, "operation failed");
  if (!reportsFailures || guildId === null) return;
  session.reply({
    op: "event",
    type: "OperationFailedEvent",
    userId: givenUserId ?? userId,
    guildId,
    operation: op,
    ...(op === "play" && typeof payload["track"] === "string" && { track: payload["track"] }),
    error: reason,
    exception: toErrorReport(error, "short"),
  });
}

function executeOperation(session: ClientSession, operation: Operation, context: OperationContext): void {
  const { userId } = session.identity;
  switch (operation.op) {
    case "ping":
      session.reply({ ...operation.payload, op: "pong", userId });
      return;
    case "get-stats":
      session.reply({ op: "stats", userId, stats: context.stats() });
      return;
    case "event-buffer":
      session.bufferMs = Math.min(operation.fields.timeout, context.maxBufferMs);
      return;
    case "configureResuming":
      configureResuming(session, operation.fields, context.maxBufferMs);
      return;
    default:
      executePlayerOperation(session, operation, context);
  }
}

function configureResuming(
  session: ClientSession,
  { key, timeout }: OperationFields<"configureResuming">,
  maxBufferMs: number,
): void {
  if (key !== undefined && key.length > maxResumeKeyLength) {
    throw new OperationError("key", `at most ${maxResumeKeyLength} characters`);
  }
  session.resumeKey = key;
  session.bufferMs = key === undefined ? 0 : Math.min(Math.max(0, timeout * 1_000), maxBufferMs);
}

function executePlayerOperation(
  session: ClientSession,
  operation: Operation,
  { players, subscriptions }: OperationContext,
): void {
  const { dialect, userId: ownUserId } = session.identity;
  const { op, guildId } = operation;
  // Player operations are validated to have a guild, so this only narrows the type.
  if (guildId === null) return;
  const userId = operation.userId ?? ownUserId;
  const subscribe = (): void => {
    if (!subscriptions.subscribe(playerKey(userId, guildId), session)) return;
    const title = players.titleMessage(userId, guildId);
    if (title) session.deliver(new OutgoingMessage(title));
  };
  let report: ReturnType<Players["perform"]>;
  try {
    report = players.perform(
      userId,
      guildId,
      dialect === "lavalink" ? convertLavalinkFilters(operation) : operation,
    );
  } catch (error) {
    // The player may have been created before the failure; the client must receive the event of its end.
    if (op === "play" && players.get(userId, guildId)) subscribe();
    throw error;
  }
  if (op === "play" && report !== null) subscribe();
  if (!operations[op].repliesWithPlayer) return;
  if (report === null && dialect === "lavalink") return;
  session.reply(playerUpdate(dialect, userId, guildId, report));
}

/** Filters of a Lavalink client are the whole chain: those that it leaves out are off. */
function convertLavalinkFilters(operation: Operation): PlayerOperation {
  if (operation.op !== "filters") return operation;
  const { filters, problem } = readLavalinkFilters(operation.payload);
  if (problem) throw new OperationError(problem.field, problem.expected);
  return { op: "replace-filters", fields: filters };
}
