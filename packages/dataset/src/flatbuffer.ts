/**
 * Reads the metadata of Arrow files, which are flatbuffers (https://flatbuffers.dev/internals/), without trusting them:
 * every access is checked against the buffer, and a list is never longer than its bytes.
 */

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A flatbuffers table: fields by number, each present or absent. Methods throw RangeError for a reference outside the buffer,
 * and `text` TypeError for bytes that are not UTF-8.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The root table of a buffer. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** An unsigned 8-bit field; `absent` if it is absent. */
  uint8(field: number, absent = 0): number {
    const at = this.#find(field);
    return at === null ? absent : this.#view.getUint8(at);
  }

  /** A signed 16-bit field; `absent` if it is absent. */
  int16(field: number, absent = 0): number {
    const at = this.#find(field);
    return at === null ? absent : this.#view.getInt16(at, true);
  }

  /** A signed 32-bit field; `absent` if it is absent. */
  int32(field: number, absent = 0): number {
    const at = this.#find(field);
    return at === null ? absent : this.#view.getInt32(at, true);
  }

  /** A number of bytes or rows, 0 if absent: a 64-bit integer that must be a safe integer of at least 0. */
  size(field: number): number {
    const at = this.#find(field);
    return at === null ? 0 : sizeAt(this.#view, at);
  }

  /** Whether a field is present. */
  has(field: number): boolean {
    return this.#find(field) !== null;
  }

  /** A nested table. @throws RangeError if it is absent */
  table(field: number): FlatTable {
    const at = this.#find(field);
    if (at === null) throw new RangeError(`field ${field} is absent`);
    return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  /** A UTF-8 string; empty if it is absent. */
  text(field: number): string {
    const { at, length } = this.#list(field, 1);
    return decoder.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
  }

  /** A list of tables; empty if it is absent. */
  tables(field: number): FlatTable[] {
    const { at, length } = this.#list(field, 4);
    return Array.from({ length }, (_, i) => {
      const item = at + 4 * i;
      return new FlatTable(this.#view, item + this.#view.getUint32(item, true));
    });
  }

  /** A list of structs of `width` bytes; `read` receives a view of each. Empty if the list is absent. */
  structs<T>(field: number, width: number, read: (struct: DataView) => T): T[] {
    const { at, length } = this.#list(field, width);
    const struct = (i: number) => new DataView(this.#view.buffer, this.#view.byteOffset + at + width * i, width);
    return Array.from({ length }, (_, i) => read(struct(i)));
  }

  /** Entries of a key-value list; at most `most`, since all may reference the same long text. @throws RangeError for more */
  entries(field: number, most: number): Map<string, string> {
    const entries = this.tables(field);
    if (entries.length > most) throw new RangeError(`a list has ${entries.length} entries`);
    return new Map(entries.map((entry) => [entry.text(0), entry.text(1)]));
  }

  /** The position of a field's value; null if absent. A table begins with the distance back to its list of field offsets. */
  #find(field: number): number | null {
    const offsets = this.#at - this.#view.getInt32(this.#at, true);
    const slot = 4 + 2 * field;
    if (slot + 2 > this.#view.getUint16(offsets, true)) return null;
    const offset = this.#view.getUint16(offsets + slot, true);
    return offset === 0 ? null : this.#at + offset;
  }

  #list(field: number, width: number): { at: number; length: number } {
    const reference = this.#find(field);
    if (reference === null) return { at: 0, length: 0 };
    const start = reference + this.#view.getUint32(reference, true);
    const length = this.#view.getUint32(start, true);
    if (start + 4 + length * width > this.#view.byteLength) throw new RangeError(`a list of ${length} is too long`);
    return { at: start + 4, length };
  }
}

/** Reads the 64-bit integer at a byte of a view as {@link FlatTable.size} does. @throws RangeError */
export function sizeAt(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true));
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`a size is ${value}`);
  return value;
}
