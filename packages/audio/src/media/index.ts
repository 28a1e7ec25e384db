/**
 * Containers and codecs: opens a file or a stream of bytes, reads its tags and cover, and yields decoded
 * stereo samples at the source's own rate, or its Opus packets unchanged.
 */

export { readArtwork } from "./artwork.ts";
export type { ByteSource, LiveBytes, RandomBytes } from "./byte-source.ts";
export { CodecError, type CodecErrorCode } from "./codec-error.ts";
export type { ByteRange, HlsFetch, HlsRequest, HlsResponse } from "./hls/hls-fetch.ts";
export type { HlsLimits } from "./hls/hls-limits.ts";
export type { HlsMemory } from "./hls/hls-memory.ts";
export type { ReloadClock } from "./hls/live-window.ts";
export { type HlsOptions, openHls, readHlsFacts } from "./hls/open-hls.ts";
export { isHlsPlaylist } from "./hls/parse-playlist.ts";
export { factsOfPart, type MediaPart, openPart } from "./media-part.ts";
export type { MediaChunk, MediaFacts, MediaStream, OpusPacket } from "./media-stream.ts";
export { openMedia } from "./open-media.ts";
export { OpusDecoder, OpusEncoder } from "./opus.ts";
export { loadOpus, type OpusBuild, type OpusLibrary } from "./opus-library.ts";
export { readFacts } from "./read-facts.ts";
export type { Artwork } from "./tags/artwork.ts";
export { decodeText } from "./tags/text-encoding.ts";
export { TrackError } from "./track-error.ts";
