import { isIP } from "node:net";

const packetBytes = 74;
const bodyBytes = 70;
const requestType = 1;
const responseType = 2;
const addressAt = 8;
const portAt = 72;

/**
 * Returns an IP discovery request: the voice server responds with the address from which our packets arrive.
 */
export function discoveryRequest(ssrc: number): Uint8Array {
  const packet = new Uint8Array(packetBytes);
  const view = new DataView(packet.buffer);
  view.setUint16(0, requestType);
  view.setUint16(2, bodyBytes);
  view.setUint32(4, ssrc);
  return packet;
}

/** External address of our UDP socket. */
export interface ExternalAddress {
  readonly address: string;
  readonly port: number;
}

/** Parses an IP discovery response. Returns undefined for any other packet. */
export function readDiscoveryResponse(packet: Uint8Array, ssrc: number): ExternalAddress | undefined {
  if (packet.length < packetBytes) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (view.getUint16(0) !== responseType || view.getUint32(4) !== ssrc) return undefined;
  const end = packet.indexOf(0, addressAt);
  const address = Buffer.from(packet.subarray(addressAt, Math.min(end, portAt))).toString("latin1");
  const port = view.getUint16(portAt);
  return isIP(address) === 0 || port === 0 ? undefined : { address, port };
}
