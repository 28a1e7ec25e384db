import { type Channel, Client, type Message } from "@asterite/aster";
import type { AsterServer } from "@asterite/aster-server";
import { type Dj, type DjOptions, startDj } from "@asterite/dj";
import { expect, onTestFinished } from "vitest";
import { temporaryFolder } from "./asterite.ts";
import type { AudioNode } from "./audio-node.ts";
import { startServer } from "./server.ts";

/** Fields of the published music state that tests read. */
export interface Music {
  readonly v: number;
  readonly player: {
    readonly track: { readonly title: string; readonly uri: string | null; readonly artwork: string | null };
    readonly positionMs: number;
    readonly at: number;
    readonly paused: boolean;
    readonly volume: number;
  } | null;
  readonly queue: readonly { readonly title: string; readonly by: string }[];
  readonly queueLength: number;
  readonly listen: string | null;
}

/** User in the chat who sends commands to the bot. */
export class ChatUser {
  readonly client: Client;
  readonly messages: Message[] = [];
  /** Music state of the channel; null while none is published. */
  music: Music | null = null;

  constructor(port: number, username: string) {
    this.client = new Client({ username, password: "secret" });
    this.client.addServer("127.0.0.1", port, {
      registerIfMissing: true,
      reconnect: { firstDelayMs: 50, longestDelayMs: 100 },
    });
    this.client.on("message", (message) => this.messages.push(message));
    this.client.on("channelState", ({ key, value, channel }) => {
      if (key === "music" && channel === this.channel) this.music = value as Music | null;
    });
  }

  get channel(): Channel {
    const [channel] = this.client.servers[0]?.channels ?? [];
    if (!channel) throw new Error("no channel");
    return channel;
  }

  get uuid(): number {
    return this.client.servers[0]?.selfUuid ?? 0;
  }

  /** Sends a message and returns the text of the reply to it. */
  async ask(text: string, channel = this.channel): Promise<string> {
    const { uuid } = await channel.send(text);
    const reply = () => this.messages.find(({ replyUuid }) => replyUuid === uuid);
    await expect.poll(reply, { timeout: 8_000, message: `the reply to ${text}` }).toBeDefined();
    return reply()?.content ?? "";
  }

  /** Messages of other users that are not replies. */
  get announcements(): string[] {
    const others = this.messages.filter(({ author, replyUuid }) => author.uuid !== this.uuid && !replyUuid);
    return others.map(({ content }) => content);
  }
}

/** Connects a user for the duration of the test. */
export async function join(port: number, name: string): Promise<ChatUser> {
  const listener = new ChatUser(port, name);
  onTestFinished(() => listener.client.disconnect());
  await listener.client.connect();
  return listener;
}

/** Options that make tests fast; rate limits are so high that only tests of rate limits reach them. */
export const quick = {
  publishMs: 20,
  saveMs: 100,
  announce: false,
  personRate: { burst: 1_000, everyMs: 1 },
  answerRate: { burst: 1_000, everyMs: 1 },
} satisfies Partial<DjOptions>;

/** Server, bot and a user. */
export interface BotSetup {
  readonly server: AsterServer;
  readonly ann: ChatUser;
  readonly dj: Dj;
  readonly folder: string;
  readonly userId: string;
  readonly guildId: string;
  /** Starts the bot again after it was closed, with the same folder. */
  restartBot(more?: Partial<DjOptions>): Promise<Dj>;
}

/** Starts a server, a bot on audio nodes, and a user. */
export async function startBot(
  nodes: readonly Pick<AudioNode, "url">[],
  more: Partial<DjOptions> = {},
): Promise<BotSetup> {
  // Ann is the administrator, so that tests can create channels.
  const server = await startServer({ adminUser: { name: "ann", password: "secret" } });
  const folder = await temporaryFolder();
  const start = async (options: Partial<DjOptions>): Promise<Dj> => {
    const dj = await startDj({
      server: { host: "127.0.0.1", port: server.port },
      account: { username: "dj", password: "secret" },
      nodes: nodes.map(({ url }) => ({ url, password: null })),
      folder,
      ...quick,
      ...options,
    });
    onTestFinished(() => dj.close());
    return dj;
  };
  const dj = await start(more);
  const ann = await join(server.port, "ann");
  const { channel } = ann;
  const restartBot = (options = more) => start(options);
  return {
    server,
    ann,
    dj,
    folder,
    userId: String(dj.userUuid),
    guildId: String(channel.uuid),
    restartBot,
  };
}

/** Returns the queries of all load requests to a scripted node, in order. */
export const loadQueries = (node: {
  readonly scripted: { readonly requests: readonly { path: string; query: object }[] };
}) => node.scripted.requests.filter(({ path }) => path === "loadtracks").map(({ query }) => query);
