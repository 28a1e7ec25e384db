import type { AlacConfig } from "../mp4/alac-config.ts";
import { AlacPacketDecoder } from "./alac/alac-packet-decoder.ts";
import type { Decoder } from "./decoder.ts";
import { packetDecoder } from "./packet-decoder.ts";

/** Creates a decoder of ALAC packets. */
export function createAlacDecoder(config: AlacConfig): Decoder {
  const decoder = new AlacPacketDecoder(config);
  return packetDecoder(config.channels, (packet) => decoder.decode(packet));
}
