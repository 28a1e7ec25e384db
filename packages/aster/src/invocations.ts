import { readInvocation, readInvocationAnswer } from "@asterite/aster-protocol";
import type { Client } from "./client.ts";
import type { Channel } from "./models/channel.ts";
import type { User } from "./models/user.ts";
import type { Server } from "./server.ts";
import type { RequestOptions } from "./session/request-matcher.ts";

/** Command that an account has invoked at this bot without a message in the channel. */
export interface BotInvocation {
  /** Server of the channel. */
  readonly server: Server;
  /** Channel in which the command was invoked. */
  readonly channel: Channel;
  /** Account that has invoked it. */
  readonly author: User;
  /** Name of the command. */
  readonly command: string;
  /** Text after the name. */
  readonly arguments: string;
  /** Answers the author alone; several times if need be, within 15 minutes. */
  answer(text: string, options?: RequestOptions): Promise<void>;
}

/** Command for {@link invoke}. */
export interface InvokedCommand {
  /** Channel in which the bot accepts commands. */
  readonly channel: Channel;
  /** Uuid of the bot. */
  readonly bot: number;
  /** Name of the command, of 1 to 100 characters. */
  readonly command: string;
  /** Text after the name, of up to 4 000 characters. */
  readonly arguments: string;
  /** Called for each answer, which only this account receives. */
  readonly onAnswer: (content: string) => void;
}

/**
 * Calls a listener for each command that an account invokes at this bot, which accepts them in the channels where the
 * value that it publishes under the key `commands` has `invoke: true`. Needs the extension `invoke`.
 *
 * @returns A function that removes the listener.
 */
export function onInvocation(
  client: Client,
  listener: (invocation: BotInvocation) => void | Promise<void>,
): () => void {
  const handle = (packet: Parameters<typeof readInvocation>[0], server: Server): void | Promise<void> => {
    const push = readInvocation(packet);
    const channel = push && server.getChannel(push.channel);
    const author = push && server.getUser(push.author_uuid);
    if (!channel || !author) return undefined;
    const { invocation, name, arguments: text } = push;
    return listener({
      server,
      channel,
      author,
      command: name,
      arguments: text,
      answer: async (content, options) => {
        await server.command("answer_invocation", { invocation, content }, options);
      },
    });
  };
  client.on("packet", handle);
  return () => void client.off("packet", handle);
}

/**
 * Invokes a command of a bot without a message in the channel. Resolves when the server has passed it on.
 *
 * @returns A function that ends the wait for answers.
 * @throws CommandError with the reason `bot_unavailable` if the bot is offline or accepts no commands in the channel.
 */
export async function invoke(
  server: Server,
  { channel, bot, command, arguments: text, onAnswer }: InvokedCommand,
  options: RequestOptions = {},
): Promise<() => void> {
  // Not a secret: the server sends answers to this account only.
  const id = `${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`;
  const handle = (packet: Parameters<typeof readInvocationAnswer>[0]): void => {
    const answer = readInvocationAnswer(packet);
    if (answer?.id === id && answer.author_uuid === bot) onAnswer(answer.content);
  };
  const stop = (): void => void server.off("packet", handle);
  server.on("packet", handle);
  try {
    await server.command(
      "invoke",
      { channel: channel.uuid, bot, id, name: command, arguments: text },
      options,
    );
    return stop;
  } catch (error) {
    stop();
    throw error;
  }
}
