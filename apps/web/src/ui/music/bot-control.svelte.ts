import { type Channel, CommandError } from "@asterite/aster";
import { invoke } from "@asterite/aster/invocations";
import type { ServerSession } from "../../chat/server-session.ts";
import { plainText } from "../../lib/markdown/index.ts";
import { describeError } from "../../texts/describe-error.ts";
import { t } from "../../texts/texts.svelte.ts";
import { mt } from "./music-text.ts";

/** Maximum length of a line of an answer. */
const maxLineLength = 300;

/**
 * Sends commands to the bot of a channel: without a message if the bot accepts that, so that only the user sees the
 * answer, otherwise as a message.
 */
export class BotControl {
  /** Lines of the last answer, or the reason why there is none; empty after a message. */
  lines: readonly string[] = $state.raw([]);
  #stop: () => void = () => {};

  /** @param command - Command with its arguments, without the prefix. */
  async send(session: ServerSession, channel: Channel, command: string): Promise<void> {
    const commands = session.music.musicCommandsIn(channel.uuid);
    const { server } = session;
    this.clear();
    if (!commands?.invoke || !server?.extensions.has("invoke")) {
      session.conversations.send(channel.uuid, (commands?.prefix ?? "!") + command, undefined);
      return;
    }
    const [, name = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(command) ?? [];
    let isOpen = true;
    this.#stop = () => {
      isOpen = false;
    };
    const onAnswer = (content: string): void => {
      if (!isOpen) return;
      const added = content.split("\n").map((line) => plainText(line, maxLineLength));
      this.lines = [...this.lines, ...added];
    };
    try {
      const end = await invoke(server, {
        channel,
        bot: commands.bot,
        command: name,
        arguments: text,
        onAnswer,
      });
      if (isOpen) this.#stop = end;
      else end();
    } catch (error) {
      const isUnavailable = error instanceof CommandError && error.reason === "bot_unavailable";
      if (isOpen) this.lines = [isUnavailable ? mt("music.unavailable") : t(describeError(error))];
    }
  }

  /** Removes the answer, and ignores later ones. */
  clear(): void {
    this.#stop();
    this.#stop = () => {};
    this.lines = [];
  }
}
