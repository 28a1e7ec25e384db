import { fromMilli, type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { requireKnownOptions } from "../checks.ts";
import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import { type Optional, omitNull, readFields, SendOperation, secondsToRaw } from "./send-operation.ts";

/** Operation with which the node connects to the voice server of a guild. */
export class VoiceServerUpdate extends SendOperation {
  readonly op = "voice-server-update";
  /** Voice session id of the bot in the guild. */
  readonly sessionId: string;
  /** Unchanged body of Discord's `VOICE_SERVER_UPDATE` dispatch. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Id of the voice channel, needed for Discord's end-to-end encryption; null when unknown. */
  readonly channelId: string | null;

  /** @throws InvalidTypeError, SnowflakeTypeError, SnowflakeRangeError naming the argument. */
  constructor(
    sessionId: string,
    event: Readonly<Record<string, unknown>>,
    options?: { readonly channelId?: Optional<SnowflakeLike> } | null,
  ) {
    super();
    if (typeof sessionId !== "string")
      throw new InvalidTypeError("sessionId", "a string", { value: sessionId });
    if (typeof event !== "object" || event === null) throw new InvalidTypeError("event", "an object");
    requireKnownOptions("", options, ["channelId"]);
    this.sessionId = sessionId;
    this.event = event;
    const channelId = options?.channelId ?? null;
    this.channelId = channelId === null ? null : toSnowflake(channelId, "channelId");
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): VoiceServerUpdate {
    const { sessionId, event, channelId } = readFields("voice-server-update", raw);
    if (typeof sessionId !== "string") {
      throw new MalformedDataError("voice-server-update", "sessionId", "a string");
    }
    if (!event) throw new MalformedDataError("voice-server-update", "event", "an object");
    // The received body: validation has turned null values into undefined.
    const { event: unchanged } = raw as { readonly event: Readonly<Record<string, unknown>> };
    return new VoiceServerUpdate(sessionId, { ...unchanged }, { channelId });
  }

  override toRaw(): Record<string, unknown> {
    return { sessionId: this.sessionId, event: this.event, ...omitNull({ channelId: this.channelId }) };
  }
}

/**
 * Operation that sets how long the node buffers events after the connection is lost. Without it, resuming
 * replays no events.
 */
export class EventBuffer extends SendOperation {
  readonly op = "event-buffer";
  /** Time in seconds; 0 disables the buffer. */
  readonly timeout: number;

  constructor(timeout: number) {
    super();
    this.timeout = timeout;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): EventBuffer {
    return new EventBuffer(fromMilli(readFields("event-buffer", raw).timeout));
  }

  /** @throws InvalidTypeError, OutOfRangeError */
  override toRaw(): Record<string, unknown> {
    return { timeout: secondsToRaw("timeout", this.timeout) };
  }
}
