/**
 * Test kit of the workspace: process launcher, certificates, fake clock, fault proxy and raw protocol
 * clients.
 *
 * @packageDocumentation
 */

export {
  type ReceivedOperation,
  type ReceivedRequest,
  type Responder,
  ScriptedNode,
  type ScriptedNodeOptions,
} from "./andesite-node/scripted-node.ts";
export { type Json, type PayloadForm, ScriptedPlayer } from "./andesite-node/scripted-player.ts";
export { ScriptedSession } from "./andesite-node/scripted-session.ts";
export {
  type Authority,
  type Certificate,
  type CertificateOptions,
  createAuthority,
  selfSigned,
} from "./certificates.ts";
export { type Clock, FakeClock, type FakeTimer, systemClock } from "./clock.ts";
export type { ConnectOptions } from "./connect-socket.ts";
export {
  DiscordVoiceServer,
  type HeardPacket,
  testCall,
  type VoiceServerOptions,
  VoiceSession,
} from "./discord-voice/voice-server.ts";
export { TestkitError, type TestkitErrorCode } from "./errors.ts";
export type { Direction, Ending, Fault, TrafficFault } from "./fault.ts";
export { FaultProxy, type ProxyCounts, type Target } from "./fault-proxy.ts";
export { LineClient } from "./line-client.ts";
export { loasFrames } from "./loas.ts";
export {
  adMp3,
  fragmentedMp4,
  type MediaFile,
  mediaFiles,
  mediaFolder,
  mp3At48000,
  oddMediaFolder,
} from "./media.ts";
export type { Closing, Found, PacketClient, ReceivedPacket } from "./packet-client.ts";
export {
  type Exit,
  type JsonLine,
  jsonLine,
  LaunchedProcess,
  type LaunchOptions,
  type LineMatch,
  launch,
  launchNode,
  type ProcessOptions,
  parseJsonLine,
  readyLine,
} from "./process.ts";
export { resetSocket } from "./reset-socket.ts";
export { seededRandom } from "./seeded-random.ts";
export { findProgram } from "./services/find-program.ts";
export { freePort } from "./services/free-port.ts";
export { NatsServer, type NatsServerOptions } from "./services/nats-server.ts";
export { PostgresServer } from "./services/postgres-server.ts";
export { settled } from "./settled.ts";
export {
  decibels,
  dominantFrequency,
  magnitudeAt,
  noise,
  peak,
  rms,
  sharpestCorner,
  tone,
} from "./tones.ts";
export {
  makeTransportStream,
  splitAdts,
  splitMp3,
  type TransportStreamOptions,
} from "./transport-stream.ts";
export { type PacketFate, type PacketFault, UdpRelay } from "./udp-relay.ts";
export { defaultTimeoutMs, type WaitOptions } from "./wait-list.ts";
export { WebSocketClient, type WebSocketOptions } from "./websocket-client.ts";
