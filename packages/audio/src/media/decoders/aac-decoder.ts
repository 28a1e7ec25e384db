import { type AacConfig, aacFormat } from "../aac/aac-config.ts";
import { AacPacketDecoder } from "./aac/aac-packet-decoder.ts";
import type { Decoder } from "./decoder.ts";
import { packetDecoder } from "./packet-decoder.ts";

/** Creates a decoder of AAC packets of low complexity and its extensions. */
export function createAacDecoder(config: AacConfig): Decoder {
  const decoder = new AacPacketDecoder(config);
  return packetDecoder(aacFormat(config).channels, (packet) => decoder.decode(packet));
}
