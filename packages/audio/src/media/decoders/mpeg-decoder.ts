import { MPEGDecoder } from "mpg123-decoder";
import type { Decoder } from "./decoder.ts";
import { checkInternals, type WasmArray, type WasmCommon } from "./internals.ts";
import { FreeFormatConverter, isFreeFormat } from "./mpeg/free-format.ts";

interface Calls {
  mpeg_decoder_feed(decoder: number, input: number, bytes: number): number;
  mpeg_decoder_read(
    decoder: number,
    output: number,
    outputLength: number,
    samples: number,
    sampleRate: number,
    error: number,
  ): number;
}

interface Internals {
  readonly _common: WasmCommon<Calls>;
  readonly _decoder: number;
  readonly _input: WasmArray<Uint8Array>;
  readonly _output: WasmArray<Float32Array>;
  readonly _samplesDecodedPtr: WasmArray<Uint32Array>;
  readonly _sampleRatePtr: WasmArray<Uint32Array>;
  readonly _errorStringPtr: WasmArray<Uint32Array>;
}

const members = ["_decoder", "_input", "_output", "_samplesDecodedPtr", "_sampleRatePtr", "_errorStringPtr"];

const hasInternals = <T extends object>(decoder: T): decoder is T & Internals => {
  checkInternals(decoder, members, ["mpeg_decoder_feed", "mpeg_decoder_read"]);
  return true;
};

// Return codes of mpg123 that are not errors.
const needMore = -10;
const newFormat = -11;
/** Maximum number of reads per frame; no valid frame needs more than two. */
const maxReads = 8;

/** Creates a decoder of MPEG audio frames, each of which yields its samples at once. */
export async function createMpegDecoder(channels: number): Promise<Decoder> {
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  if (!hasInternals(decoder)) throw new TypeError("unreachable");
  const { _common: common, _input: input, _output: output } = decoder;
  const [samples, rate, error] = [
    decoder._samplesDecodedPtr,
    decoder._sampleRatePtr,
    decoder._errorStringPtr,
  ];
  const freeFormat = new FreeFormatConverter();
  return {
    decode: (frame) => {
      const packet = isFreeFormat(frame) ? freeFormat.convert(frame) : frame;
      if (!packet || packet.length > input.len) return undefined;
      input.buf.set(packet);
      common.wasm.mpeg_decoder_feed(decoder._decoder, input.ptr, packet.length);
      let decoded: Float32Array[] | undefined;
      for (let reads = 0; reads < maxReads; reads++) {
        samples.buf[0] = 0;
        const [from, to, count] = [output.ptr, output.len, samples.ptr];
        const answer = common.wasm.mpeg_decoder_read(decoder._decoder, from, to, count, rate.ptr, error.ptr);
        const sampleCount = samples.buf[0] ?? 0;
        // mpg123 fills both channels even for mono.
        if (sampleCount > 0)
          decoded = Array.from({ length: channels }, (_, channel) =>
            output.buf.slice(channel * sampleCount, (channel + 1) * sampleCount),
          );
        if (answer === needMore) break;
        if (answer !== 0 && answer !== newFormat) break;
      }
      return decoded;
    },
    close: () => decoder.free(),
  };
}
