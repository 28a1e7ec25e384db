import { fromMilli } from "@asterite/andesite-protocol";
import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import { type Optional, omitNull, readFields, SendOperation, secondsToRaw } from "./send-operation.ts";

/** Hands the node what it needs to connect to the voice server of a guild. */
export class VoiceServerUpdate extends SendOperation {
  readonly op = "voice-server-update";
  /** Voice session of the bot in the guild. */
  readonly sessionId: string;
  /** Body of Discord's dispatch, as it came. */
  readonly event: Readonly<Record<string, unknown>>;
  /** The voice channel, which Discord's end-to-end encryption needs; null where it is not known. */
  readonly channelId: string | null;

  /** @throws InvalidTypeError naming the argument. */
  constructor(
    sessionId: string,
    event: Readonly<Record<string, unknown>>,
    options?: { readonly channelId?: Optional<string> } | null,
  ) {
    super();
    if (typeof sessionId !== "string") throw new InvalidTypeError("sessionId", "a string");
    if (typeof event !== "object" || event === null) throw new InvalidTypeError("event", "an object");
    this.sessionId = sessionId;
    this.event = event;
    this.channelId = options?.channelId ?? null;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): VoiceServerUpdate {
    const { sessionId, event, channelId } = readFields("voice-server-update", raw);
    if (typeof sessionId !== "string") {
      throw new MalformedDataError("voice-server-update", "sessionId", "a string");
    }
    if (!event) throw new MalformedDataError("voice-server-update", "event", "an object");
    // As it came: the checked one has lost which of its keys were null.
    const { event: unchanged } = raw as { readonly event: Readonly<Record<string, unknown>> };
    return new VoiceServerUpdate(sessionId, { ...unchanged }, { channelId });
  }

  override toRaw(): Record<string, unknown> {
    return { sessionId: this.sessionId, event: this.event, ...omitNull({ channelId: this.channelId }) };
  }
}

/** Tells the node how long to keep events when the connection is lost; without it resuming finds none. */
export class EventBuffer extends SendOperation {
  readonly op = "event-buffer";
  /** Seconds; 0 keeps none. */
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
