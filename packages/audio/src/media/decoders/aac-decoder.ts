import type { AacConfig } from "../aac/aac-config.ts";
import { AacPacketDecoder } from "./aac/aac-packet-decoder.ts";
import type { Decoder } from "./decoder.ts";
import { packetDecoder } from "./packet-decoder.ts";

/** Creates a decoder of AAC packets of low complexity. */
export function createAacDecoder(config: AacConfig): Decoder {
  const decoder = new AacPacketDecoder(config);
  return packetDecoder(config.order.length, (packet) => decoder.decode(packet));
}
