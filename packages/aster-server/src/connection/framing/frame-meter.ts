/** Longest header of a frame: 2 bytes, 8 of the length, 4 of the mask. */
const maxHeaderBytes = 14;
const finalBit = 0x80;
const maskBit = 0x80;
const opcodeBits = 0x0f;
const lengthBits = 0x7f;
/** First opcode of the control frames (ping, pong, close), which may come between the frames of a message. */
const firstControlOpcode = 0x8;

const headerBytes = (second: number): number => {
  const length = second & lengthBits;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & maskBit ? 4 : 0);
};

/**
 * Follows the frames of a WebSocket (RFC 6455, section 5.2) and counts the bytes of the message that has not
 * arrived completely, which the WebSocket library buffers without telling how many there are.
 */
export class FrameMeter {
  readonly #header = Buffer.alloc(maxHeaderBytes);
  #headerLength = 0;
  #payloadLeft = 0;
  #isInPayload = false;
  #isControl = false;
  #isFinal = false;
  #unfinishedBytes = 0;
  #frames = 0;

  /** Bytes of the message that has not arrived completely; 0 between messages. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** Returns the number of frames that ended since the last call. */
  takeFrames(): number {
    const frames = this.#frames;
    this.#frames = 0;
    return frames;
  }

  /** Follows the next bytes of the connection. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#isInPayload) {
        const count = Math.min(this.#payloadLeft, chunk.length - offset);
        offset += count;
        this.#payloadLeft -= count;
        this.#count(count);
        if (this.#payloadLeft === 0) this.#endFrame();
      } else {
        offset += this.#readHeader(chunk, offset);
      }
    }
  }

  /** Reads one byte of a header; its length is known from the second one on. */
  #readHeader(chunk: Buffer, offset: number): number {
    this.#header[this.#headerLength++] = chunk[offset] ?? 0;
    const [first = 0, second = 0] = this.#header;
    if (this.#headerLength === 1) {
      this.#isControl = (first & opcodeBits) >= firstControlOpcode;
      this.#isFinal = (first & finalBit) !== 0;
    }
    this.#count(1);
    if (this.#headerLength < 2 || this.#headerLength < headerBytes(second)) return 1;
    const length = second & lengthBits;
    this.#payloadLeft =
      length === 126
        ? this.#header.readUInt16BE(2)
        : length === 127
          ? Number(this.#header.readBigUInt64BE(2))
          : length;
    this.#headerLength = 0;
    this.#isInPayload = true;
    if (this.#payloadLeft === 0) this.#endFrame();
    return 1;
  }

  #count(bytes: number): void {
    if (!this.#isControl) this.#unfinishedBytes += bytes;
  }

  #endFrame(): void {
    this.#isInPayload = false;
    this.#frames++;
    if (this.#isFinal && !this.#isControl) this.#unfinishedBytes = 0;
  }
}
