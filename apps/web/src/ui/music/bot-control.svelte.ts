import { type Channel, CommandError, type Server } from "@asterite/aster";
import { invoke } from "@asterite/aster/invocations";
import type { ServerSession } from "../../chat/server-session.ts";
import { plainText } from "../../lib/markdown/index.ts";
import { describeError } from "../../texts/describe-error.ts";
import { t } from "../../texts/texts.svelte.ts";
import { mt } from "./music-text.ts";

/** Maximum length of a line of an answer, in a panel that shows lines. */
const maxLineLength = 300;
/** Answers that are shown; older ones are removed. */
const maxAnswers = 50;

/** Returns a line as plain text, with its number in a list. */
function lineText(line: string): string {
  const [number = ""] = /^\d{1,3}\. /.exec(line) ?? [];
  return number + plainText(line.slice(number.length), maxLineLength);
}

/** Bot to which commands are sent without messages, and the waits for its answers. */
interface Target {
  readonly server: Server;
  readonly channel: Channel;
  readonly bot: number;
  readonly stops: (() => void)[];
}

/**
 * Sends commands to a bot of a channel: without a message if the bot accepts that, so that only the user sees the
 * answer, otherwise as a message.
 */
export class BotControl {
  /** Answers to the last command, as Markdown; empty after a message. */
  answers: readonly string[] = $state.raw([]);
  /** Reason why the last command did not reach the bot; empty if it did. */
  problem = $state("");
  #target: Target | undefined;

  /** Lines of the answers as plain text, or the reason why there are none. */
  get lines(): readonly string[] {
    const lines = this.answers.flatMap((answer) => answer.split("\n"));
    const answered = lines.map(lineText);
    return this.problem === "" ? answered : [...answered, this.problem];
  }

  /** Sends a command, without its prefix, to the bot that plays music. Returns whether it was sent. */
  async send(session: ServerSession, channel: Channel, command: string): Promise<boolean> {
    const commands = session.music.musicCommandsIn(channel.uuid);
    const isRefused = session.status === "ready" && !session.server?.extensions.has("invoke");
    if (commands?.invoke && !isRefused) return await this.invoke(session, channel, commands.bot, command);
    this.clear();
    session.conversations.send(channel.uuid, (commands?.prefix ?? "!") + command, undefined);
    return true;
  }

  /**
   * Sends a command, without its prefix, that never becomes a message. Further answers to the last one are ignored.
   * Returns whether it was sent.
   */
  async invoke({ server }: ServerSession, channel: Channel, bot: number, command: string): Promise<boolean> {
    this.clear();
    if (!server) {
      this.problem = t("error.lost");
      return false;
    }
    this.#target = { server, channel, bot, stops: [] };
    return await this.reply(command);
  }

  /** Answers a question of the bot, such as for a number. Further answers are added. Returns whether it was sent. */
  async reply(text: string): Promise<boolean> {
    const target = this.#target;
    if (!target) return false;
    const { server, channel, bot, stops } = target;
    const [, command = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
    const onAnswer = (content: string): void => {
      if (this.#target === target) this.answers = [...this.answers, content].slice(-maxAnswers);
    };
    this.problem = "";
    try {
      const stop = await invoke(server, { channel, bot, command, arguments: rest, onAnswer });
      if (this.#target === target) stops.push(stop);
      else stop();
      return true;
    } catch (error) {
      const isUnavailable = error instanceof CommandError && error.reason === "bot_unavailable";
      if (this.#target === target) {
        this.problem = isUnavailable ? mt("music.unavailable") : t(describeError(error));
      }
      return false;
    }
  }

  /** Removes the answers, and ignores later ones. */
  clear(): void {
    for (const stop of this.#target?.stops ?? []) stop();
    this.#target = undefined;
    this.answers = [];
    this.problem = "";
  }
}
