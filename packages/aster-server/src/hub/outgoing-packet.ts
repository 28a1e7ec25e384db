import { type PushInput, type PushName, Status } from "@asterite/aster-protocol";

const finalTextFrame = 0x81;
const newline = 0x0a;

/** A JSON text and its bytes: one buffer with a frame header before them and a newline behind them. */
class EncodedText {
  readonly text: string;
  #line: Buffer | undefined;
  #frame: Buffer | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get line(): Buffer {
    this.#line ??= this.#encode().line;
    return this.#line;
  }

  get frame(): Buffer {
    this.#frame ??= this.#encode().frame;
    return this.#frame;
  }

  #encode(): { readonly line: Buffer; readonly frame: Buffer } {
    const length = Buffer.byteLength(this.text);
    const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const end = headerLength + length;
    const bytes = Buffer.allocUnsafe(end + 1);
    bytes[0] = finalTextFrame;
    if (headerLength === 2) {
      bytes[1] = length;
    } else if (headerLength === 4) {
      bytes[1] = 126;
      bytes.writeUInt16BE(length, 2);
    } else {
      bytes[1] = 127;
      bytes.writeBigUInt64BE(BigInt(length), 2);
    }
    bytes.write(this.text, headerLength);
    bytes[end] = newline;
    this.#line = bytes.subarray(headerLength);
    this.#frame = bytes.subarray(0, end);
    return { line: this.#line, frame: this.#frame };
  }
}

/**
 * A packet for one connection or many: serialised and encoded once, whatever the framing. Connections that sent
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
