import { type PushInput, type PushName, Status } from "@asterite/aster-protocol";

const finalTextFrame = 0x81;

/** A text as bytes, made once per framing. */
class EncodedText {
  readonly #text: string;
  #line: Buffer | undefined;
  #frame: Buffer | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  get line(): Buffer {
    this.#line ??= Buffer.from(`${this.#text}\n`);
    return this.#line;
  }

  get frame(): Buffer {
    this.#frame ??= encodeFrame(this.#text);
    return this.#frame;
  }
}

/**
 * A packet on its way to one connection or to many: written as JSON once, and as bytes once per framing.
 * Connections that said `hello` also get its number in the log of events, where it has one.
 */
export class OutgoingPacket {
  /** Its number, if it tells of something that is kept. */
  readonly seq: number | undefined;
  readonly #plain: EncodedText;
  readonly #numbered: EncodedText;

  /** Makes a packet of its fields, or of the JSON text of an object with them. */
  constructor(content: { readonly command: string; readonly status: number } | string, seq?: number) {
    const json = typeof content === "string" ? content : JSON.stringify(content);
    this.seq = seq;
    this.#plain = new EncodedText(json);
    this.#numbered = seq === undefined ? this.#plain : new EncodedText(`${json.slice(0, -1)},"seq":${seq}}`);
  }

  /** Length of the JSON text, close enough to its size in bytes for bounds. */
  get size(): number {
    return this.#plain.text.length;
  }

  /** The JSON text without the number. */
  get text(): string {
    return this.#plain.text;
  }

  /** The packet as one line. */
  line(isNumbered = false): Buffer {
    return isNumbered ? this.#numbered.line : this.#plain.line;
  }

  /** The packet as one unmasked WebSocket text frame (RFC 6455, section 5.2). */
  frame(isNumbered = false): Buffer {
    return isNumbered ? this.#numbered.frame : this.#plain.frame;
  }
}

/** Makes a push; its status is 200 like that of every push. */
export const push = <Name extends PushName>(
  command: Name,
  fields: PushInput<Name>,
  seq?: number,
): OutgoingPacket => new OutgoingPacket({ ...fields, command, status: Status.Ok }, seq);

function encodeFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = finalTextFrame;
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
