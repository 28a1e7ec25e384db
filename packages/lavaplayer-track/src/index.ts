/**
 * Codec for the encoded tracks of lavaplayer, which Andesite, Lavalink and their clients exchange.
 *
 * @packageDocumentation
 */

export { TrackDecoder, TrackEncoder } from "./codec.ts";
export { type DecodeOptions, decodeMessage, decodeTrack } from "./decode.ts";
export { type EncodeOptions, encodeMessage, encodeTrack } from "./encode.ts";
export { type TrackErrorCode, TrackFormatError } from "./errors.ts";
export { type Message, MessageInput, MessageOutput, maxBodyBytes, versionedFlag } from "./message.ts";
export { maxTextBytes } from "./modified-utf8.ts";
export { Reader } from "./reader.ts";
export { type AudioSource, audioSources, getSource, type SourceDetails } from "./sources.ts";
export {
  defaultVersion,
  latestVersion,
  type Probe,
  Track,
  TrackInfo,
  type TrackInfoInit,
  type TrackInit,
  type TrackSource,
  type TrackVersion,
  unknownLengthMs,
} from "./track.ts";
export { Writer } from "./writer.ts";
