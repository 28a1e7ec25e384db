import { type PushInput, type PushName, Status } from "@asterite/aster-protocol";

const finalTextFrame = 0x81;

/** A JSON text and its bytes, encoded once per framing. */
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
 * A packet for one connection or many: serialised once, and encoded once per framing. Connections that sent
 * `hello` receive it with its sequence number in the event log, if it has one.
 */
export class OutgoingPacket {
  /** Sequence number in the event log; undefined for transient packets. */
  readonly seq: number | undefined;
  readonly #plain: EncodedText;
  readonly #withSeq: EncodedText;

  /** Creates a packet from its fields, or from the JSON text of an object with them. */
  constructor(content: { readonly command: string; readonly status: number } | string, seq?: number) {
    const json = typeof content === "string" ? content : JSON.stringify(content);
    this.seq = seq;
    this.#plain = new EncodedText(json);
    this.#withSeq = seq === undefined ? this.#plain : new EncodedText(`${json.slice(0, -1)},"seq":${seq}}`);
  }

  /** Length of the JSON text: an approximation of its bytes for limits. */
  get size(): number {
    return this.#plain.text.length;
  }

  /** JSON text without the sequence number. */
  get text(): string {
    return this.#plain.text;
  }

  /** Returns the packet as one line. */
  line(withSeq = false): Buffer {
    return withSeq ? this.#withSeq.line : this.#plain.line;
  }

  /** Returns the packet as one unmasked WebSocket text frame (RFC 6455, section 5.2). */
  frame(withSeq = false): Buffer {
    return withSeq ? this.#withSeq.frame : this.#plain.frame;
  }
}

/** Creates a push. Every push has the status 200. */
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
