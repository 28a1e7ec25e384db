/**
 * Takes the first packet off packets with self-delimiting framing (RFC 6716, appendix B), and returns it with plain framing:
 * the last length in front of the frames is left out. Returns undefined if it is damaged.
 */
function takeDelimited(
  bytes: Uint8Array,
): { readonly packet: Uint8Array; readonly rest: Uint8Array } | undefined {
  let at = 0;
  const readByte = (): number => bytes[at++] ?? 0;
  const readLength = (): number => {
    const first = readByte();
    return first < 252 ? first : first + 4 * readByte();
  };
  const code = readByte() & 3;
  const counts = code === 3 ? readByte() : 0;
  let padding = 0;
  if (counts & 0x40) {
    let more = readByte();
    for (; more === 255; more = readByte()) padding += 254;
    padding += more;
  }
  const frames = code === 3 ? counts & 0x3f : code === 0 ? 1 : 2;
  const isVariable = code === 2 || (counts & 0x80) !== 0;
  let body = padding;
  for (let frame = 1; isVariable && frame < frames; frame++) body += readLength();
  const headEnd = at;
  const last = readLength();
  body += isVariable ? last : frames * last;
  const end = at + body;
  if (end > bytes.length) return undefined;
  const packet = new Uint8Array(headEnd + body);
  packet.set(bytes.subarray(0, headEnd));
  packet.set(bytes.subarray(at, end), headEnd);
  return { packet, rest: bytes.subarray(end) };
}

/** Splits a packet of several streams into one of each (RFC 7845, section 3). Returns undefined if it is damaged. */
export function splitOpusPacket(packet: Uint8Array, streams: number): Uint8Array[] | undefined {
  const packets: Uint8Array[] = [];
  let rest = packet;
  while (packets.length < streams - 1) {
    const taken = takeDelimited(rest);
    if (!taken) return undefined;
    packets.push(taken.packet);
    rest = taken.rest;
  }
  return rest.length > 0 ? [...packets, rest] : undefined;
}
