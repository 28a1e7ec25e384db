import type { Audience } from "../hub/hub.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { EventType, StoredEvent } from "../store/store.ts";

/** A push with those it is for. */
export interface AddressedPacket {
  readonly audience: Audience;
  readonly packet: OutgoingPacket;
}

/** What a process tells the others right after a commit. */
export interface CommitNotice {
  /** What was committed; may be empty. */
  readonly events: readonly StoredEvent[];
  /** Pushes in their order: those of the events, as far as they are given, and such as belong to no event. */
  readonly packets: readonly AddressedPacket[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type EventRow = readonly [seq: number, kind: EventType, channel: number | null, subject: number | null];

/** Connections have numbers of their own in each process. */
const withoutConnection = ({ exceptConnection: _, ...audience }: Audience): Audience => audience;

/**
 * Writes a hint: a line with the events, and for each push a line with its number and audience, and one with its
 * JSON text, which is neither read nor written again on the way. JSON has no line breaks.
 */
export function encodeCommitNotice({ events, packets }: CommitNotice): Uint8Array {
  const rows = events.map(({ seq, type, channel, subject }): EventRow => [seq, type, channel, subject]);
  const lines = [JSON.stringify(rows)];
  for (const { audience, packet } of packets) {
    lines.push(JSON.stringify([packet.seq ?? null, withoutConnection(audience)]), packet.text);
  }
  return encoder.encode(lines.join("\n"));
}

/** Reads a hint; undefined if it is none, which only costs a look into the database. */
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

// Only processes of the same server can write here, so the shape of an audience is not looked into.
const isAddress = (value: unknown): value is readonly [seq: number | null, audience: Audience] =>
  Array.isArray(value) &&
  (value[0] === null || isInteger(value[0])) &&
  typeof value[1] === "object" &&
  value[1] !== null &&
  "kind" in value[1];
