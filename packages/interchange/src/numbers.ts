/** Number types of foreign files: those accepted, and their decoding. */
import { DataError } from '@dyadic/errors';

/** Typed arrays that hold numbers from foreign files. */
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint32Array;

const SIZES = {
  float16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
} as const;

/** Accepted element types. Every value is represented exactly; 64-bit integers without an exact float64 are refused. */
export type NumberType = keyof typeof SIZES;

export function isNumberType(type: string): type is NumberType {
  return Object.hasOwn(SIZES, type);
}

/** Bytes of one number. */
export function sizeOf(type: NumberType): number {
  return SIZES[type];
}

/** An array of the narrowest of the four types that represents all numbers of an element type. */
export function arrayOf(type: string, length: number): NumberArray {
  switch (type) {
    case 'float16':
    case 'float32':
      return new Float32Array(length);
    case 'int8':
    case 'int16':
    case 'int32':
      return new Int32Array(length);
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return new Uint32Array(length);
    default:
      return new Float64Array(length);
  }
}

/** An entry that is not an exact number; the message describes what was found. */
export class Unfit extends Error {
  readonly index: number;

  constructor(index: number, found: string) {
    super(found);
    this.index = index;
  }
}

/** {@link Unfit} with the index along each axis of the array. */
export class UnfitAt extends Error {
  readonly coordinates: readonly number[];

  constructor(coordinates: readonly number[], found: string) {
    super(found);
    this.coordinates = coordinates;
  }
}

/** Decodes bytes as numbers of a type. @throws Unfit for a 64-bit integer that float64 cannot represent */
export function decoded(bytes: Uint8Array, type: NumberType, littleEndian: boolean): NumberArray {
  const size = SIZES[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = arrayOf(type, bytes.byteLength / size);
  const read = READ[type];
  if (littleEndian && size === numbers.BYTES_PER_ELEMENT && !type.endsWith('64')) {
    new Uint8Array(numbers.buffer).set(bytes);
    return numbers;
  }
  for (let i = 0; i < numbers.length; i++) numbers[i] = read(view, i * size, littleEndian, i);
  return numbers;
}

type Read = (view: DataView, at: number, littleEndian: boolean, index: number) => number;

const READ: { readonly [Type in NumberType]: Read } = {
  float16: (view, at, little) => halfFloat(view.getUint16(at, little)),
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
  int8: (view, at) => view.getInt8(at),
  int16: (view, at, little) => view.getInt16(at, little),
  int32: (view, at, little) => view.getInt32(at, little),
  int64: (view, at, little, index) => exact(view.getBigInt64(at, little), index),
  uint8: (view, at) => view.getUint8(at),
  uint16: (view, at, little) => view.getUint16(at, little),
  uint32: (view, at, little) => view.getUint32(at, little),
  uint64: (view, at, little, index) => exact(view.getBigUint64(at, little), index),
};

/** The value of an IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** An integer as an exactly equal number. @throws Unfit if there is none */
export function exact(value: bigint, index: number): number {
  const number = Number(value);
  if (BigInt(number) !== value) throw new Unfit(index, `the integer ${value}, which no float64 holds`);
  return number;
}

/** The largest n for which 10^n is a float64. */
const MOST_SCALE = 22;

/** A decimal, correctly rounded: the quotient of two exact numbers. @throws Unfit if one is not exact */
export function decimal(unscaled: bigint, scale: number, index: number): number {
  const number = Number(unscaled);
  if (!Number.isSafeInteger(number) || scale < 0 || scale > MOST_SCALE) {
    throw new Unfit(index, `the decimal ${unscaled}·10^${-scale}, which has more digits than are read exactly`);
  }
  return number / 10 ** scale;
}

/** The place of a number in an array, in words: `row 3, entry 17`, counted from 0, the entry row-major within its row. */
export function placeOf(index: number, rowEntries: number, firstRow = 0): string {
  const row = firstRow + Math.floor(index / rowEntries);
  const entry = index - Math.floor(index / rowEntries) * rowEntries;
  return rowEntries === 1 ? `row ${row}` : `row ${row}, entry ${entry}`;
}

/** The error for a value that is not a number. Rows and entries are counted from 0. */
export function noNumber(path: string, name: string, place: string, found: string): DataError {
  return new DataError(path, `'${name}' has ${found} at ${place} (counted from 0); expected a finite number`);
}

/** Product of extents. */
export function product(extents: readonly number[]): number {
  return extents.reduce((result, extent) => result * extent, 1);
}
