import type { AddressedPacket, Audience } from "../hub/hub.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { EventType, StoredEvent } from "../store/store.ts";

/** Message that a process broadcasts right after a commit, so that the others need not read the log. */
export interface CommitNotice {
  /** Committed events, in sequence; may be empty. */
  readonly events: readonly StoredEvent[];
  /**
   * Pushes in the order in which they were published. Those of events carry the event's number, and an event
   * may lack its push; transient pushes, such as typing, carry none.
   */
  readonly packets: readonly AddressedPacket[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type EventRow = readonly [seq: number, type: EventType, channel: number | null, subject: number | null];

/** Connection numbers are local to a process and would match the wrong connection in another one. */
const withoutConnection = ({ exceptConnection: _, ...audience }: Audience): Audience => audience;

/**
 * Encodes a notice: one line with the events, then two lines for each push: its number and audience, and its
 * JSON text, which is passed through without being parsed. JSON texts contain no line breaks.
 */
export function encodeCommitNotice({ events, packets }: CommitNotice): Uint8Array {
  const rows = events.map(({ seq, type, channel, subject }): EventRow => [seq, type, channel, subject]);
  const lines = [JSON.stringify(rows)];
  for (const { audience, packet } of packets) {
    lines.push(JSON.stringify([packet.seq ?? null, withoutConnection(audience)]), packet.text);
  }
  return encoder.encode(lines.join("\n"));
}

/**
 * Decodes a notice. Returns undefined for malformed bytes or events with gaps; the receiver then reads the
 * events from the log.
 */
export function decodeCommitNotice(bytes: Uint8Array): CommitNotice | undefined {
  try {
    const [first = "", ...lines] = decoder.decode(bytes).split("\n");
    const rows: unknown = JSON.parse(first);
    if (!Array.isArray(rows) || !rows.every(isEventRow)) return undefined;
    const events = rows.map(([seq, type, channel, subject]) => ({ seq, type, channel, subject }));
    if (events.some(({ seq }, index) => seq !== (events[0]?.seq ?? 0) + index)) return undefined;
    const packets: AddressedPacket[] = [];
    for (let index = 0; index + 1 < lines.length; index += 2) {
      const address: unknown = JSON.parse(lines[index] ?? "");
      if (!isAddress(address)) return undefined;
      const [seq, audience] = address;
      packets.push({ audience, packet: new OutgoingPacket(lines[index + 1] ?? "", seq ?? undefined) });
    }
    return { events, packets };
  } catch {
    return undefined;
  }
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

const isEventRow = (value: unknown): value is EventRow =>
  Array.isArray(value) && isInteger(value[0]) && typeof value[1] === "string" && value.length === 4;

const audienceTag = "type" satisfies keyof Audience;

// The bus delivers authentic notices only, so the fields of an audience are not validated.
const isAddress = (value: unknown): value is readonly [seq: number | null, audience: Audience] =>
  Array.isArray(value) &&
  (value[0] === null || isInteger(value[0])) &&
  typeof value[1] === "object" &&
  value[1] !== null &&
  audienceTag in value[1];
