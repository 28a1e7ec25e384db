import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AndesiteNode, createNode, type HttpOptions } from "@asterite/andesite-node";
import { DiscordVoiceServer } from "@asterite/testkit";
import { expect, onTestFinished } from "vitest";
import {
  createCertificates,
  createLongFile,
} from "../../packages/andesite-node/src/voice/voice.test-support.ts";

/** Password of the nodes. */
export const voiceNodePassword = "youshallnotpass";

/** Discord voice server and music file of a test. */
export interface VoiceSetUp {
  readonly server: DiscordVoiceServer;
  /** Path of a file of one minute. */
  readonly file: string;
  readonly authorityFile: string;
  /** File that keeps the players of nodes over a restart. Default: none. */
  readonly keepFile?: string;
}

/** Starts a Discord voice server, which stops after the test, and creates a file. */
export async function setUpVoice(): Promise<VoiceSetUp> {
  const { authority, certificate } = await createCertificates();
  const file = await createLongFile();
  const authorityFile = join(dirname(file), "authority.pem");
  await writeFile(authorityFile, authority.ca);
  const server = await DiscordVoiceServer.start(certificate);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, file, authorityFile };
}

/** Complete node whose players join calls of a test. */
export class VoiceNode {
  readonly port: number;
  readonly #setUp: VoiceSetUp;
  readonly #options: Partial<HttpOptions>;
  /** Null while the node is stopped. */
  #node: AndesiteNode | null;

  private constructor(setUp: VoiceSetUp, options: Partial<HttpOptions>, node: AndesiteNode) {
    this.port = node.port;
    this.#setUp = setUp;
    this.#options = options;
    this.#node = node;
  }

  /** Starts a node, which stops after the test. */
  static async start(setUp: VoiceSetUp, options: Partial<HttpOptions> = {}): Promise<VoiceNode> {
    const node = new VoiceNode(setUp, options, await listen(setUp, { ...options, port: 0 }));
    onTestFinished(() => node.stop());
    return node;
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Waits until the node has noticed that a number of sessions of Lavalink 4 have lost their connections. */
  async waitForLostSessions(count: number): Promise<void> {
    const read = async () =>
      await (await fetch(`${this.url}/metrics?name[]=andesite_lavalink_sessions`)).text();
    await expect.poll(read).toContain(`state="waiting"} ${count}\n`);
  }

  /** Ends all connections and players. */
  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = null;
    await node?.close({ graceMs: 0 });
  }

  /** Starts a stopped node again on its port, with the players that it keeps. */
  async restart(): Promise<void> {
    this.#node = await listen(this.#setUp, { ...this.#options, port: this.port });
  }
}

const listen = (
  { file, authorityFile, keepFile }: VoiceSetUp,
  http: Partial<HttpOptions>,
): Promise<AndesiteNode> =>
  createNode({
    http: { host: "127.0.0.1", ...http },
    password: voiceNodePassword,
    metrics: { enabled: true },
    loading: { musicFolders: [dirname(file)], sources: { local: true }, allowPrivateAddresses: true },
    voice: { certificateAuthority: authorityFile },
    ...(keepFile !== undefined && { playing: { keepFile } }),
  });
