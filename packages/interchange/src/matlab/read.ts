import { DataError } from '@dyadic/errors';
import { packedSlab } from '../axes.js';
import { InflatedBytes } from '../bytes/inflated.js';
import { type ByteSource, ByteWindow, type FileBytes } from '../bytes/source.js';
import type { ArraySource, OpenedFormat } from '../foreign.js';
import { type NumberType, product, sizeOf } from '../numbers.js';

/**
 * MATLAB 5 files (versions 5 to 7, `save -v7`), specified in "MAT-File Format" by The MathWorks
 * (https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf). Hand-written: no maintained JavaScript library reads parts of
 * arrays and bounds the cost of hostile sizes.
 *
 * A file is a header of 128 bytes and elements, each a tag (type, bytes) and its data. A variable is an element of type
 * `matrix`, which contains further elements, or one of type `compressed`, which contains a `matrix` in zlib format.
 */

const HEAD_BYTES = 128;
const MOST_VARIABLES = 10_000;
const MOST_DEPTH = 16;
const MOST_NAME_BYTES = 2 ** 16;
const MOST_AXES = 32;
const [MATRIX, COMPRESSED] = [14, 15];

/** Element types of numbers. */
const NUMBERS: Readonly<Record<number, NumberType>> = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'float32',
  9: 'float64',
  12: 'int64',
  13: 'uint64',
};

/** Classes of numeric MATLAB arrays. The stored type may be smaller than the class. */
const NUMERIC: Readonly<Record<number, NumberType>> = {
  6: 'float64',
  7: 'float32',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};

const CLASS = { cell: 1, struct: 2, object: 3, char: 4, sparse: 5 } as const;
const OTHERS: Readonly<Record<number, string>> = {
  1: 'a cell array; save its contents as arrays',
  3: 'an object; save its properties as arrays',
  4: 'text; expected an array of numbers',
  5: 'a sparse matrix; save full(…) of it',
  16: 'a function handle; expected an array of numbers',
  17: 'an object (a table, string or datetime); save its contents as arrays',
};
const [COMPLEX, LOGICAL] = [0x08, 0x02];

/** An element's type and the position of its data. */
interface Element {
  readonly type: number;
  readonly at: number;
  readonly bytes: number;
  /** Position of the next element. */
  readonly next: number;
}

/** Opens a MATLAB 5 file: variables by name, fields of structs by path. */
export async function openMatlab5(path: string, file: FileBytes): Promise<OpenedFormat> {
  const head = await file.read(0, HEAD_BYTES);
  const reader = new MatlabReader(path, head.toString('latin1', 126, 128) === 'IM');
  await reader.variables(file);
  return { arrays: reader.arrays, close: () => reader.close() };
}

class MatlabReader {
  readonly arrays: ArraySource[] = [];
  readonly #path: string;
  readonly #little: boolean;
  readonly #inflated: ByteSource[] = [];

  constructor(path: string, little: boolean) {
    this.#path = path;
    this.#little = little;
  }

  async close(): Promise<void> {
    for (const source of this.#inflated) await source.close();
  }

  async variables(file: ByteSource): Promise<void> {
    try {
      for (let at = HEAD_BYTES; at < file.size; ) {
        const element = await this.#element(file, at, file.size);
        if (element.type === MATRIX) await this.#matrix(file, element, '', 0);
        else if (element.type === COMPRESSED) {
          const source = new InflatedBytes(
            this.#path,
            new ByteWindow(this.#path, file, element.at, element.bytes),
            'zlib',
          );
          this.#inflated.push(source);
          await this.#matrix(source, await this.#element(source, 0, source.size), '', 0);
        }
        // Compressed elements are not padded.
        at = element.type === COMPRESSED ? element.at + element.bytes : element.next;
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Reads a tag: 4 bytes of type and 4 of length, or both in the first 4 bytes, followed by up to 4 bytes of data. */
  async #element(source: ByteSource, at: number, end: number): Promise<Element> {
    if (at + 8 > end) throw this.#damaged(`an element at byte ${at} reaches over the end at ${end}`);
    const tag = await source.read(at, 8);
    const word = this.#uint32(tag, 0);
    const small = word >>> 16;
    const element =
      small > 0
        ? { type: word & 0xffff, at: at + 4, bytes: small, next: at + 8 }
        : {
            type: word,
            at: at + 8,
            bytes: this.#uint32(tag, 4),
            next: at + 8 + 8 * Math.ceil(this.#uint32(tag, 4) / 8),
          };
    if (element.at + element.bytes > end || small > 4) {
      throw this.#damaged(`an element at byte ${at} claims ${element.bytes} bytes, and there are ${end - element.at}`);
    }
    return element;
  }

  async #matrix(source: ByteSource, matrix: Element, path: string, depth: number): Promise<void> {
    const end = matrix.at + matrix.bytes;
    // An empty cell or field has no content.
    if (matrix.type !== MATRIX || matrix.bytes === 0) return;
    if (depth > MOST_DEPTH || this.arrays.length >= MOST_VARIABLES) return;
    const flags = await this.#element(source, matrix.at, end);
    const flagBits = this.#uint32(await source.read(flags.at, 4), 0);
    const kind = flagBits & 0xff;
    // Objects of newer MATLAB classes have no extents.
    const isOpaque = kind === 17;
    const dimensions = await this.#element(source, flags.next, end);
    if (!isOpaque && (dimensions.bytes > 4 * MOST_AXES || dimensions.bytes % 4 !== 0)) {
      throw this.#damaged(`an array has ${dimensions.bytes / 4} axes`);
    }
    const extents = isOpaque ? Buffer.alloc(0) : await source.read(dimensions.at, dimensions.bytes);
    const shape = Array.from({ length: extents.length / 4 }, (_, k) => this.#uint32(extents, 4 * k));
    const nameElement = isOpaque ? dimensions : await this.#element(source, dimensions.next, end);
    if (nameElement.bytes > MOST_NAME_BYTES) throw this.#damaged(`a name has ${nameElement.bytes} bytes`);
    const own = (await source.read(nameElement.at, nameElement.bytes)).toString('utf8');
    const name = path === '' ? own : path;
    // The subsystem data for objects has no name.
    if (name === '') return;
    if (kind === CLASS.struct && product(shape) === 1) {
      await this.#fields(source, nameElement.next, end, name, depth);
      return;
    }
    this.arrays.push(
      await this.#array(source, nameElement.next, end, { name, shape, kind, flagBits: (flagBits >> 8) & 0xff }),
    );
  }

  /** Reads the fields of a struct: the length of the names, all names, and one matrix per field. */
  async #fields(source: ByteSource, at: number, end: number, path: string, depth: number): Promise<void> {
    const length = await this.#element(source, at, end);
    const width = this.#uint32(await source.read(length.at, 4), 0);
    const names = await this.#element(source, length.next, end);
    if (width < 1 || names.bytes % width !== 0 || names.bytes > MOST_NAME_BYTES * 16) {
      throw this.#damaged(`'${path}' has ${names.bytes} bytes of field names of ${width} each`);
    }
    const text = await source.read(names.at, names.bytes);
    for (let field = 0, next = names.next; field < names.bytes / width; field++) {
      const matrix = await this.#element(source, next, end);
      const name = text.toString('utf8', field * width, (field + 1) * width).replace(/\0.*$/s, '');
      await this.#matrix(source, matrix, `${path}/${name}`, depth + 1);
      next = matrix.next;
    }
  }

  async #array(
    source: ByteSource,
    at: number,
    end: number,
    { name, shape, kind, flagBits }: { name: string; shape: number[]; kind: number; flagBits: number },
  ): Promise<ArraySource> {
    const type = NUMERIC[kind];
    const problem = (found: string, refusal: string) => ({ name, type: found, shape, refusal, slab: unread });
    if (kind === CLASS.struct)
      return problem('structs', `is an array of ${product(shape)} structs; save each field as an array`);
    if (type === undefined) {
      const what = OTHERS[kind] ?? `of the unknown class ${kind}; expected an array of numbers`;
      return problem(what.split(/[;(]/)[0]!.trim().replace(/^an? /, ''), `is ${what}`);
    }
    if (flagBits & LOGICAL) return problem('boolean', 'holds boolean; expected an array of numbers');
    if (flagBits & COMPLEX) return problem(`complex ${type}`, 'holds complex numbers; save real(…) and imag(…) of it');
    const count = product(shape);
    if (count === 0) return { name, type, shape, slab: unread };
    const data = await this.#element(source, at, end);
    const stored = NUMBERS[data.type];
    if (stored === undefined || data.bytes !== count * sizeOf(stored)) {
      const found = `${data.bytes} bytes of type ${data.type}`;
      throw this.#damaged(`'${name}' of shape (${shape.join(', ')}) has ${found}`);
    }
    const packed = { source, at: data.at, type: stored, littleEndian: this.#little, shape, fortran: true };
    return {
      name,
      type,
      shape,
      slab: async (axis, first, rows) => {
        const slab = await packedSlab(packed, axis, first, rows);
        return type.startsWith('float') ? { ...slab, values: widened(slab.values, type) } : slab;
      },
    };
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #damaged(what: string): DataError {
    return new DataError(this.#path, `is damaged: ${what}`);
  }
}

function unread(): Promise<never> {
  return Promise.reject(new TypeError('not to be read'));
}

/** Converts numbers to the type of their class: MATLAB may store integer-valued doubles in bytes. */
function widened<T extends ArrayLike<number>>(values: T, type: string): Float32Array | Float64Array {
  if (type === 'float32') return values instanceof Float32Array ? values : new Float32Array(values);
  return values instanceof Float64Array ? values : new Float64Array(values);
}
