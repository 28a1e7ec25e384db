// The part of Messaging Layer Security (RFC 9420) that a server of Discord's end-to-end encryption (DAVE)
// needs: it
// proposes joins and leaves, signs them as an external sender, and forwards the messages of members.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const pointBytes = 65;
const mls10 = 1;
const publicMessage = 1;
const external = 2;
const proposal = 2;
const add = 1;
const remove = 3;
const basicCredential = 1;

const u8 = (value: number): Buffer => Buffer.of(value);
const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

/**
 * Encodes a vector after its length, whose first two bits hold the size of the length (RFC 9420, section
 * 2.1.2).
 */
function vector(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  if (length < 2 ** 6) return Buffer.concat([u8(length), body]);
  if (length < 2 ** 14) return Buffer.concat([u16(length | 0x40_00), body]);
  return Buffer.concat([u32((length | 0x80_00_00_00) >>> 0), body]);
}

/** Reads a message field by field. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  skipVector(): void {
    const first = this.#bytes.readUInt8(this.#at);
    const size = 2 ** (first >> 6);
    let length = first & 0x3f;
    for (let index = 1; index < size; index++)
      length = length * 256 + this.#bytes.readUInt8(this.#at + index);
    this.skip(size + length);
  }
}

/** Returns the length of a commit message, after which the welcome begins (RFC 9420, sections 6 and 12.4). */
function commitLength(bytes: Buffer): number {
  const cursor = new Cursor(bytes);
  cursor.skip(4);
  cursor.skipVector();
  cursor.skip(8);
  // Sender type and leaf index.
  cursor.skip(5);
  cursor.skipVector();
  cursor.skip(1);
  cursor.skipVector();
  if (cursor.u8() === 1) {
    skipLeafNode(cursor);
    cursor.skipVector();
  }
  // Signature, confirmation tag, membership tag.
  for (let field = 0; field < 3; field++) cursor.skipVector();
  return cursor.at;
}

function skipLeafNode(cursor: Cursor): void {
  cursor.skipVector();
  cursor.skipVector();
  cursor.skip(2);
  cursor.skipVector();
  for (let capability = 0; capability < 5; capability++) cursor.skipVector();
  // A leaf of a commit has the hash of the parent, one of a key package its lifetime.
  const source = cursor.u8();
  if (source === 3) cursor.skipVector();
  else if (source === 1) cursor.skip(16);
  cursor.skipVector();
  cursor.skipVector();
}

/** Splits the message that a member sends after a proposal; the welcome is null if no member is added. */
export function splitCommit(bytes: Buffer): { readonly commit: Buffer; readonly welcome: Buffer | null } {
  const end = commitLength(bytes);
  return { commit: bytes.subarray(0, end), welcome: end < bytes.length ? bytes.subarray(end) : null };
}

/** The voice server's role in a group: it proposes changes, which the members commit. */
export class ExternalSender {
  readonly #key: KeyObject;
  readonly #public: Buffer;
  readonly #groupId: Buffer;

  /** @param channelId - Becomes the id of the group. */
  constructor(channelId: string) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    this.#public = publicKey.export({ type: "spki", format: "der" }).subarray(-pointBytes);
    this.#groupId = u64(BigInt(channelId));
  }

  /** External sender extension: public key and credential. */
  get description(): Buffer {
    return Buffer.concat([vector(this.#public), u16(basicCredential), vector(u64(1n))]);
  }

  /**
   * Encodes a proposal to add the owner of a key package, without the operation type that precedes it on the
   * wire.
   */
  proposeAdd(keyPackage: Buffer, epoch: bigint): Buffer {
    return vector(this.#message(Buffer.concat([u16(add), keyPackage]), epoch));
  }

  /** Encodes a proposal to remove the member at a leaf. */
  proposeRemove(leaf: number, epoch: bigint): Buffer {
    return vector(this.#message(Buffer.concat([u16(remove), u32(leaf)]), epoch));
  }

  #message(body: Buffer, epoch: bigint): Buffer {
    const content = Buffer.concat([
      u16(mls10),
      u16(publicMessage),
      vector(this.#groupId),
      u64(epoch),
      u8(external),
      u32(0),
      vector(),
      u8(proposal),
      body,
    ]);
    const label = vector(Buffer.from("MLS 1.0 FramedContentTBS"));
    const signature = sign("sha256", Buffer.concat([label, vector(content)]), this.#key);
    return Buffer.concat([content, vector(signature)]);
  }
}
