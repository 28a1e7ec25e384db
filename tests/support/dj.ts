import { type Channel, Client, type Message } from "@asterite/aster";
import type { AsterServer } from "@asterite/aster-server";
import { type Dj, type DjOptions, startDj } from "@asterite/dj";
import { expect, onTestFinished } from "vitest";
import { temporaryFolder } from "./asterite.ts";
import type { AudioNode } from "./node-player.ts";
import { startServer } from "./server.ts";

/** What the bot publishes, as far as tests read it. */
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

/** A person in the chat who talks to the bot. */
export class Listener {
  readonly client: Client;
  readonly messages: Message[] = [];
  /** What is published in the channel now; null for nothing. */
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

  /** Says something and waits for the answer to it. */
  async ask(text: string, channel = this.channel): Promise<string> {
    const { uuid } = await channel.send(text);
    const answer = () => this.messages.find(({ replyUuid }) => replyUuid === uuid);
    await expect.poll(answer, { timeout: 8_000, message: `the answer to ${text}` }).toBeDefined();
    return answer()?.content ?? "";
  }

  /** Texts of the bot that answer nobody. */
  get announcements(): string[] {
    const others = this.messages.filter(({ author, replyUuid }) => author.uuid !== this.uuid && !replyUuid);
    return others.map(({ content }) => content);
  }
}

/** Brings somebody into the chat, until the end of the test. */
export async function join(port: number, name: string): Promise<Listener> {
  const listener = new Listener(port, name);
  onTestFinished(() => listener.client.disconnect());
  await listener.client.connect();
  return listener;
}

/** Options that make tests quick; rates are so high that only tests of rates meet them. */
export const quick = {
  publishMs: 20,
  saveMs: 100,
  announce: false,
  personRate: { burst: 1_000, everyMs: 1 },
  answerRate: { burst: 1_000, everyMs: 1 },
} satisfies Partial<DjOptions>;

/** A server, a bot and somebody to talk to it. */
export interface DjRoom {
  readonly server: AsterServer;
  readonly ann: Listener;
  readonly dj: Dj;
  readonly folder: string;
  readonly userId: string;
  readonly guildId: string;
  /** Starts the bot again after it was closed. */
  again(more?: Partial<DjOptions>): Promise<Dj>;
}

/** Starts everything on an audio node. */
export async function startRoom(nodes: readonly AudioNode[], more: Partial<DjOptions> = {}): Promise<DjRoom> {
  // Ann may do everything, so that tests can make channels.
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
  const again = (options = more) => start(options);
  return { server, ann, dj, folder, userId: String(dj.userUuid), guildId: String(channel.uuid), again };
}

/** What a scripted node was asked to load, in order. */
export const loads = (node: {
  readonly scripted: { readonly requests: readonly { path: string; query: object }[] };
}) => node.scripted.requests.filter(({ path }) => path === "loadtracks").map(({ query }) => query);
