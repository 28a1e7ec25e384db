import type { Channel as ChannelData } from "@asterite/aster-protocol";
import type { HistoryOptions, SendOptions, Server } from "../server.ts";
import type { Message } from "./message.ts";

let update: (channel: Channel, data: ChannelData) => void;

/** A channel of a server. The object stays the same while its channel changes. */
export class Channel {
  /** The server that the channel is on. */
  readonly server: Server;
  #data: ChannelData;

  constructor(server: Server, data: ChannelData) {
    this.server = server;
    this.#data = data;
  }

  static {
    update = (channel, data) => {
      channel.#data = data;
    };
  }

  /** Identifies the channel on its server. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** The name without `#`. */
  get name(): string {
    return this.#data.name;
  }

  /** Place in the list; 0 is the topmost. */
  get position(): number {
    return this.#data.position;
  }

  /**
   * Sends a text.
   *
   * @returns The message as the server stored it.
   * @throws CommandError with status 400 (empty or too long), 403 (not allowed here) or 404 (the channel or
   * the message answered is gone).
   */
  send(content: string, options: SendOptions = {}): Promise<Message> {
    return this.server.sendMessage(this, content, options);
  }

  /**
   * Asks for messages, oldest first. Fewer than asked for means that the beginning was reached, or the
   * server's own limit.
   *
   * @throws CommandError with status 403 (not allowed to read here) or 404.
   */
  fetchHistory(options: HistoryOptions = {}): Promise<Message[]> {
    return this.server.fetchHistory(this, options);
  }
}

/** Replaces what is known of a channel; for the server object only. */
export const updateChannel = (channel: Channel, data: ChannelData): void => update(channel, data);
