// Replays what was done with players of a Lavalink 4.2.2 server, and compares the events (section 6 of the Lavalink
// protocol). The relation of player updates to events is not defined, so updates are left out.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { DiscordVoiceServer } from "@asterite/testkit";
import { isRecord } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { createCertificates } from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import type { Json } from "../support/andesite-node.ts";
import { temporaryFolder } from "../support/asterite.ts";
import {
  expectListed,
  fillPlaceholders,
  type RecordedNode,
  readRecording,
  startRecordedNode,
} from "./lavalink4-vectors/recorded-node.ts";

interface Request {
  /** Playback since the last step. */
  readonly afterMs: number;
  readonly method: string;
  readonly body?: Json;
  readonly status: number;
  /** The answered player. The position is recorded where the request has one. */
  readonly player?: {
    readonly hasTrack: boolean;
    readonly paused: boolean;
    readonly connected: boolean;
    readonly positionMs?: number;
  };
}

/** Discord closes the voice connection. */
interface VoiceClose {
  readonly afterMs: number;
  readonly close: { readonly code: number; readonly reason: string };
}

interface Sequence {
  readonly name: string;
  readonly hasVoice: boolean;
  readonly steps: readonly (Request | VoiceClose)[];
  readonly events: readonly Json[];
  /** Last recorded position. */
  readonly endPositionMs: number;
}

/** Returns whether a sequence needs the web server of the recording. */
const needsServer = ({ steps }: Sequence): boolean => /track:(stall|cut)/.test(JSON.stringify(steps));

const channelId = "42";

class Replay {
  readonly #node: RecordedNode;
  readonly #voice: DiscordVoiceServer;
  readonly #guildId: string;
  readonly #path: string;

  constructor(node: RecordedNode, voice: DiscordVoiceServer, guildId: string) {
    this.#node = node;
    this.#voice = voice;
    this.#guildId = guildId;
    this.#path = `/v4/sessions/${node.sessionId}/players/${guildId}`;
  }

  /** Returns what the node answered and which events it sent. */
  async run({ hasVoice, steps, endPositionMs }: Sequence): Promise<Pick<Sequence, "steps" | "events">> {
    if (hasVoice) expect((await this.#send("PATCH", { voice: { token: "t" } })).status).toBe(200);
    const done: (Request | VoiceClose)[] = [];
    for (const step of steps) {
      if (step.afterMs > 0) await this.#playFor(step.afterMs);
      if ("close" in step) {
        this.#close(step.close);
        await this.#node.socket.until(() => this.#events.some(({ type }) => type === "WebSocketClosedEvent"));
        done.push(step);
      } else done.push(await this.#perform(step));
    }
    const isOver = async () => {
      const { track, positionMs } = await this.#player();
      return track === null || positionMs > endPositionMs + 1_000;
    };
    if (hasVoice && !steps.some((step) => "close" in step)) await waitFor(isOver);
    await this.#settle();
    return { steps: done, events: this.#events };
  }

  get #events(): Json[] {
    const own = this.#node.socket.received.filter(
      ({ op, guildId }) => op === "event" && guildId === this.#guildId,
    );
    return own.map(comparableEvent);
  }

  async #perform({ afterMs, method, body, player: recordedPlayer }: Request): Promise<Request> {
    const { status, body: answer } = await this.#send(method, body);
    const request = { afterMs, method, ...(body && { body }), status };
    if (!recordedPlayer) return request;
    const { track, paused, state } = Object(answer);
    const { connected, position: positionMs } = Object(state);
    const hasPosition = recordedPlayer.positionMs !== undefined;
    return {
      ...request,
      player: { hasTrack: track !== null, paused, connected, ...(hasPosition && { positionMs }) },
    };
  }

  #send(method: string, body?: Json) {
    const voice = body?.["voice"];
    if (!isRecord(voice)) return this.#node.send(method, this.#path, body);
    const { endpoint } = this.#voice;
    const whole = { ...voice, endpoint, sessionId: "s", channelId };
    return this.#node.send(method, this.#path, { ...body, voice: whole });
  }

  async #player(): Promise<{ track: unknown; isPaused: boolean; positionMs: number }> {
    const { status, body } = await this.#send("GET");
    const { track = null, paused, state } = status === 200 ? Object(body) : {};
    return { track, isPaused: paused === true, positionMs: Number(Object(state).position) };
  }

  /** Waits until some ms of the track have been sent; a paused player waits for nothing. */
  async #playFor(ms: number): Promise<void> {
    const { positionMs: start, isPaused } = await this.#player();
    if (isPaused) return;
    await waitFor(async () => (await this.#player()).positionMs >= start + ms);
  }

  #close({ code, reason }: VoiceClose["close"]): void {
    const session = this.#voice.sessions.find(({ identify }) => identify["server_id"] === this.#guildId);
    session?.socket.close(code, reason);
  }

  /** Waits until the node has sent all earlier messages. */
  async #settle(): Promise<void> {
    const marker = `9${this.#guildId}`;
    await this.#node.send("PATCH", `/v4/sessions/${this.#node.sessionId}/players/${marker}`, { filters: {} });
    await this.#node.socket.until(() => this.#node.socket.received.some(({ guildId }) => guildId === marker));
  }
}

const waitFor = (holds: () => Promise<boolean>): Promise<void> =>
  expect.poll(holds, { timeout: 60_000, interval: 100 }).toBe(true);

function comparableEvent({ type, track, reason, code, byRemote, exception }: Json): Json {
  const { info, userData } = Object(track);
  const { identifier, position } = Object(info);
  return {
    type,
    ...(track !== undefined && { track: String(identifier).replace(/.*\//, ""), userData }),
    ...(type === "TrackStartEvent" && { positionMs: position }),
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code, byRemote }),
    ...(exception !== undefined && { severity: Object(exception).severity }),
  };
}

it("sends the events of the recorded sequences, except for the listed ones", {
  timeout: 120_000,
}, async () => {
  const { authority, certificate } = await createCertificates();
  const voice = await DiscordVoiceServer.start(certificate, { endToEnd: false });
  onTestFinished(() => voice[Symbol.asyncDispose]());
  const authorityFile = join(await temporaryFolder(), "authority.pem");
  await writeFile(authorityFile, authority.ca);
  const node = await startRecordedNode({
    voice: { certificateAuthority: authorityFile },
    loading: { allowPrivateAddresses: true },
  });
  const media = node.placeholders.get("{media}") ?? "";
  const info = { title: "Unknown title", author: "Unknown artist", lengthMs: 3_000 };
  const gone = join(media, "gone.wav");
  const source = { name: "local", probe: { name: "wav", parameters: null } };
  const placeholders = new Map([
    ...node.placeholders,
    ["{track:gone.wav}", encodeTrack({ info: { ...info, identifier: gone, uri: gone }, source })],
  ]);
  const sequences = await readRecording<Sequence>("sequences");
  const replayed = sequences.filter((sequence) => !needsServer(sequence));
  const found: Record<string, unknown> = {};
  const replay = async (given: Sequence, at: number) => {
    const sequence = fillPlaceholders(given, placeholders);
    const result = await new Replay(node, voice, String(600 + at)).run(sequence);
    const { steps, events } = sequence;
    if (!isDeepStrictEqual(result, { steps, events })) found[sequence.name] = result;
  };
  await Promise.all(replayed.map(replay));
  await expectListed("sequences", found, { recorded: sequences.length, replayed: replayed.length });
});
