import { type Channel, Message, type RequestOptions, type User } from "@asterite/aster";
import type { BotInvocation } from "@asterite/aster/invocations";

/** Sends a text to the author of an invocation alone. Returns it as a message that is not in the channel. */
export type PrivateAnswer = (text: string, options: RequestOptions) => Promise<Message>;

/** Messages that stand for invocations, which have none. */
const answers = new WeakMap<Message, PrivateAnswer>();

/** Returns a message that stands for an invocation; replies to it are private. */
export function messageOf(invocation: BotInvocation): Message {
  const { server, channel, author, command, arguments: text } = invocation;
  const message = localMessage(channel, `${command} ${text}`.trim(), author);
  answers.set(message, async (answer, options) => {
    await invocation.answer(answer, options);
    return localMessage(channel, answer, server.self ?? author);
  });
  return message;
}

/** Returns the private answer to a message; undefined for one of the channel. */
export const privateAnswerTo = (message: Message): PrivateAnswer | undefined => answers.get(message);

/** Returns a message that is not in the channel, with the uuid 0. */
function localMessage(channel: Channel, content: string, author: User): Message {
  const date = Math.floor(Date.now() / 1_000);
  const [author_uuid, channel_uuid] = [author.uuid, channel.uuid];
  const data = { uuid: 0, content, author_uuid, channel_uuid, date, edited: false, reply: null };
  return new Message(data, author, channel);
}
