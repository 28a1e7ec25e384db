import { FLACDecoder } from "@wasm-audio-decoders/flac";
import type { Decoder } from "./decoder.ts";
import { checkInternals, type WasmArray, type WasmCommon } from "./internals.ts";

interface Calls {
  decode_frame(decoder: number, input: number, bytes: number): void;
}

interface Internals {
  readonly _common: WasmCommon<Calls>;
  readonly _decoder: number;
  readonly _channels: WasmArray<Uint32Array>;
  readonly _samplesDecoded: WasmArray<Uint32Array>;
  readonly _outputBufferPtr: WasmArray<Uint32Array>;
  readonly _outputBufferLen: WasmArray<Uint32Array>;
  readonly _errorStringPtr: WasmArray<Uint32Array>;
  readonly _stateStringPtr: WasmArray<Uint32Array>;
}

const members = ["_decoder", "_channels", "_samplesDecoded", "_outputBufferPtr", "_outputBufferLen"];

const hasInternals = (decoder: unknown): decoder is Internals => {
  if (typeof decoder !== "object" || decoder === null) return false;
  checkInternals(
    decoder,
    [...members, "_errorStringPtr", "_stateStringPtr"],
    ["decode_frame", "malloc", "free"],
  );
  return true;
};

/** Creates a decoder of whole FLAC frames. */
export async function createFlacDecoder(channels: number): Promise<Decoder> {
  const outer = new FLACDecoder();
  await outer.ready;
  const decoder: unknown = Reflect.get(outer, "_decoder");
  if (!hasInternals(decoder)) throw new TypeError("the FLAC decoder package has no _decoder");
  const { wasm } = decoder._common;
  return {
    decode: (packet) => {
      // The decoder frees this memory.
      const input = wasm.malloc(packet.length);
      if (input === 0) return undefined;
      new Uint8Array(wasm.HEAP, input, packet.length).set(packet);
      wasm.decode_frame(decoder._decoder, input, packet.length);
      const [output = 0, samples = 0] = [decoder._outputBufferPtr.buf[0], decoder._samplesDecoded.buf[0]];
      const isDecoded = output !== 0 && samples > 0 && decoder._channels.buf[0] === channels;
      const decoded = isDecoded
        ? Array.from({ length: channels }, (_, channel) =>
            new Float32Array(wasm.HEAP, output + channel * samples * 4, samples).slice(),
          )
        : undefined;
      wasm.free(output);
      decoder._outputBufferPtr.buf[0] = 0;
      decoder._outputBufferLen.buf[0] = 0;
      decoder._samplesDecoded.buf[0] = 0;
      decoder._errorStringPtr.buf[0] = 0;
      decoder._stateStringPtr.buf[0] = 0;
      return decoded;
    },
    close: () => outer.free(),
  };
}
