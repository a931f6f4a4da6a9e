/**
 * An encoder of Protocol Buffers messages, with fields in the order in which they are added.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** A message under construction. Collects pieces, which {@link Message.toBytes} copies once. Methods return the message itself. */
export class Message {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** Number of bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** A field of type int32, int64 or an enumeration. */
  integer(field: number, value: number): this {
    return this.#tag(field, VARINT).#varint(BigInt(value));
  }

  /** A field of type double. */
  float64(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#tag(field, FIXED_64).#push(bytes);
  }

  /** A field of type float. */
  float32(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, FIXED_32).#push(bytes);
  }

  /** A field of type string. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A field of type bytes. */
  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH_DELIMITED).#varint(BigInt(value.length)).#push(value);
  }

  /** A nested message, complete at the time of the call. */
  message(field: number, inner: Message): this {
    this.#tag(field, LENGTH_DELIMITED).#varint(BigInt(inner.#size));
    for (const piece of inner.#pieces) this.#push(piece);
    return this;
  }

  /** The encoded message. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    let place = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, place);
      place += piece.length;
    }
    return bytes;
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(BigInt((field << 3) | wireType));
  }

  /** Seven bits per byte, least significant first; negative numbers as 64-bit two's complement. */
  #varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return this.#push(Uint8Array.of(...bytes, Number(rest)));
  }

  #push(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#size += piece.length;
    return this;
  }
}
