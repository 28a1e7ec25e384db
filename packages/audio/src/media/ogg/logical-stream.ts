import { readFlacFrameHeader } from "../flac/frame-header.ts";
import { readStreamInfo, streamInfoBytes } from "../flac/stream-info.ts";
import type { MediaLimits } from "../media-limits.ts";
import { readOpusHead } from "../opus/opus-head.ts";
import { opusPacketSamples } from "../opus-packet.ts";
import type { PacketFormat } from "../packet-reader.ts";
import { noTags, type Tags, tagsFrom } from "../tags/tags.ts";
import { readComments } from "../tags/vorbis-comment.ts";
import { readVorbisBlocks } from "./vorbis-blocks.ts";

/** Headers of a logical Ogg stream. */
export interface LogicalStream {
  readonly format: PacketFormat;
  readonly comments: ReadonlyMap<string, string>;
  readonly tags: Tags;
  /** Encoder delay in samples. */
  readonly preSkip: number;
  /** Returns the samples that a packet decodes to, given the previous packet. */
  samples(packet: Uint8Array, before: Uint8Array | undefined): number;
}

/** Reads headers, one packet at a time. */
export interface HeaderReader {
  /**
   * Adds a header packet. Returns the stream after the last one, undefined before that, and null if the
   * headers are damaged.
   */
  push(packet: Uint8Array): LogicalStream | undefined | null;
}

const starts = (packet: Uint8Array, text: string): boolean =>
  packet.length >= text.length && Buffer.from(packet.subarray(0, text.length)).toString("latin1") === text;

function readOpus(head: Uint8Array, limits: MediaLimits): HeaderReader {
  return {
    push: (packet) => {
      const known = (head[8] ?? 16) < 16 ? readOpusHead(Buffer.from(head.subarray(9))) : undefined;
      if (!known || !starts(packet, "OpusTags")) return null;
      const comments = readComments(packet, 8, limits.maxTagBytes);
      return { ...known, comments, tags: tagsFrom(comments), samples: opusPacketSamples };
    },
  };
}

function readVorbis(identification: Uint8Array, limits: MediaLimits): HeaderReader {
  let comments: ReadonlyMap<string, string> | undefined;
  return {
    push: (packet) => {
      if (identification.length < 30) return null;
      if (!comments) {
        if (!starts(packet, "\x03vorbis")) return null;
        comments = readComments(packet, 7, limits.maxTagBytes);
        return undefined;
      }
      const blocks = starts(packet, "\x05vorbis") ? readVorbisBlocks(identification, packet) : undefined;
      if (!blocks) return null;
      const view = Buffer.from(identification);
      return {
        format: {
          codec: "vorbis",
          sampleRate: view.readUInt32LE(12),
          channels: view.readUInt8(11),
          headers: [identification, new Uint8Array(packet)],
        },
        comments,
        tags: tagsFrom(comments),
        preSkip: 0,
        samples: blocks.samples,
      };
    },
  };
}

function readFlac(head: Uint8Array, limits: MediaLimits): HeaderReader {
  // 0x7F "FLAC", two bytes of version, two bytes with the number of following headers, "fLaC", a block
  // header.
  const info = readStreamInfo(head.subarray(17, 17 + streamInfoBytes));
  let left = Buffer.from(head).readUInt16BE(7);
  let comments: ReadonlyMap<string, string> = new Map();
  return {
    push: (packet) => {
      if (!info) return null;
      left--;
      const type = packet[0] ?? 0;
      if ((type & 0x7f) === 4) comments = readComments(packet, 4, limits.maxTagBytes);
      if (left > 0 && (type & 0x80) === 0) return undefined;
      const { sampleRate, channels, bits } = info;
      return {
        format: { codec: "flac", sampleRate, channels, bits },
        comments,
        tags: comments.size > 0 ? tagsFrom(comments) : noTags,
        preSkip: 0,
        samples: (frame) => readFlacFrameHeader(frame, 0)?.samples ?? 0,
      };
    },
  };
}

/**
 * Creates a header reader from the first packet of a stream; returns undefined if the stream is not supported
 * audio.
 */
export function openHeaders(first: Uint8Array, limits: MediaLimits): HeaderReader | undefined {
  const kept = new Uint8Array(first);
  if (starts(first, "OpusHead")) return readOpus(kept, limits);
  if (starts(first, "\x01vorbis")) return readVorbis(kept, limits);
  if (starts(first, "\x7fFLAC") && first.length >= 17 + streamInfoBytes) return readFlac(kept, limits);
  return undefined;
}
