import { HTTPError, PoolEmptyError } from "@asterite/andesite";
import { MalformedDataError } from "@asterite/andesite/advanced";
import { QueueError, type QueueErrorCode } from "@asterite/queue";

/** Replies to errors of the queue; undefined for errors of the bot. */
const queueMessages = (prefix: string): Readonly<Record<QueueErrorCode, string | undefined>> => ({
  QUEUE_FULL: "The queue is full. Try again after a few tracks have played.",
  DUPLICATE_TRACK: "That track is playing or queued already.",
  NO_SUCH_ENTRY: `There's no track with that number. \`${prefix}queue\` shows the numbers.`,
  NOT_PLAYING: `Nothing is playing. \`${prefix}help\` lists the commands.`,
  NOT_SEEKABLE: "You can't seek in a live stream.",
  CLOSED: "The music of this channel was just stopped. Try again.",
  BAD_ARGUMENT: undefined,
  BAD_SNAPSHOT: undefined,
  QUEUE_EXISTS: undefined,
  QUERY_TIMED_OUT: undefined,
});

/** Returns the reply for an error of the queue or of the nodes; undefined for any other error. */
export function toUserMessage(error: unknown, prefix: string): string | undefined {
  if (error instanceof QueueError) return queueMessages(prefix)[error.code];
  if (error instanceof HTTPError) {
    return error.code === 401 || error.code === 403
      ? "The audio node rejected the bot's password. The operator of the bot has to correct it."
      : `The audio node rejected the request (status ${error.code}). The operator of the bot finds more in its log.`;
  }
  if (error instanceof MalformedDataError) {
    return "The audio node's response is invalid. The operator of the bot finds more in its log.";
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "The audio node took too long to respond. Try again in a moment.";
  }
  if (error instanceof PoolEmptyError) {
    return "No audio node is available right now. The queue is kept, and playback resumes when one is back.";
  }
  // Network errors of `fetch`.
  if (error instanceof TypeError && error.cause !== undefined) {
    return "The audio node can't be reached right now. The queue is kept, and playback resumes when it's back.";
  }
  return undefined;
}
