import type { PacketFormat } from "../packet-reader.ts";
import { TrackError } from "../track-error.ts";
import { createAacDecoder } from "./aac-decoder.ts";
import { createAdpcmDecoder } from "./adpcm-decoder.ts";
import { createAlacDecoder } from "./alac-decoder.ts";
import type { Decoder } from "./decoder.ts";
import { createFlacDecoder } from "./flac-decoder.ts";
import { createMpegDecoder } from "./mpeg-decoder.ts";
import { createOpusDecoder } from "./opus-decoder.ts";
import { createPcmDecoder } from "./pcm-decoder.ts";
import { createVorbisDecoder } from "./vorbis-decoder.ts";

async function open(format: PacketFormat): Promise<Decoder> {
  switch (format.codec) {
    case "mp3":
      return await createMpegDecoder(format.channels);
    case "flac":
      return createFlacDecoder(format.bits, format.channels);
    case "alac":
      return createAlacDecoder(format.config);
    case "vorbis":
      return createVorbisDecoder(format.headers, format.channels);
    case "pcm":
      return createPcmDecoder(format.encoding, format.channels);
    case "adpcm":
      return createAdpcmDecoder(format);
    case "opus":
      return await createOpusDecoder(format);
    case "aac":
      return createAacDecoder(format.config);
  }
}

/**
 * Creates a decoder.
 *
 * @throws TrackError if the format is not supported, or its headers are damaged.
 */
export async function createDecoder(format: PacketFormat): Promise<Decoder> {
  try {
    return await open(format);
  } catch (error) {
    if (error instanceof TrackError) throw error;
    throw new TrackError("The file is damaged.", "COMMON", { cause: error });
  }
}
