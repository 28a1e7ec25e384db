import type { PushInput, PushName } from "@asterite/aster-protocol";
import { Status } from "@asterite/aster-protocol";

const textFrame = 0x81;

/** A packet on its way to one connection or to many: written as JSON once, and as bytes once per framing. */
export class OutgoingPacket {
  readonly #json: string;
  #line: Buffer | undefined;
  #frame: Buffer | undefined;

  constructor(fields: { readonly command: string; readonly status: number }) {
    this.#json = JSON.stringify(fields);
  }

  /** Length of the JSON text, close enough to its size in bytes for bounds. */
  get size(): number {
    return this.#json.length;
  }

  /** The packet as one line. */
  get line(): Buffer {
    this.#line ??= Buffer.from(`${this.#json}\n`);
    return this.#line;
  }

  /** The packet as one unmasked WebSocket text frame (RFC 6455, section 5.2). */
  get frame(): Buffer {
    this.#frame ??= frameOf(this.#json);
    return this.#frame;
  }
}

/** Makes a push; its status is 200 like that of every push. */
export const push = <Name extends PushName>(command: Name, fields: PushInput<Name>): OutgoingPacket =>
  new OutgoingPacket({ ...fields, command, status: Status.Ok });

function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = textFrame;
  if (headerLength === 2) {
    frame[1] = length;
  } else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, headerLength);
  return frame;
}
