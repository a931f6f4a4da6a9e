import lz4 from '@foxglove/wasm-lz4';
import { CompressionType, setCompressionCodec } from '@uwdata/flechette';
import { decompress as decompressZstd } from 'fzstd';

/** Most bytes of one buffer; the memory of WebAssembly is bounded, and LZ4's code does not ask whether it got some. */
const MOST_BYTES = 2 ** 29;

/**
 * The most that one compressed byte can stand for: a length byte of LZ4 adds 255 to a match; a block of Zstandard has up to
 * 128 KiB and at least 4 bytes.
 */
const MOST_RATIOS = { LZ4: 255, Zstandard: 2 ** 15 } as const;

/**
 * Lets flechette read compressed Arrow (zlib of Node 20 has neither format). fzstd is the Zstandard decoder in JavaScript;
 * wasm-lz4 is LZ4's own C library, compiled: the one in JavaScript, lz4js, gets short overlapping matches of Polars wrong.
 */
export async function registerCodecs(): Promise<void> {
  await lz4.isLoaded;
  const encode = () => {
    throw new TypeError('nothing is compressed here');
  };
  const decoder = (name: keyof typeof MOST_RATIOS, decode: (bytes: Uint8Array, size: number) => Uint8Array) => ({
    encode,
    decode: (bytes: Uint8Array, size: number) => {
      if (size > MOST_BYTES) throw new RangeError(`a buffer has ${size} bytes; write smaller record batches`);
      if (size < 0 || size > (bytes.length + 1) * MOST_RATIOS[name]) {
        throw new RangeError(`${bytes.length} bytes of ${name} claim to hold ${size}`);
      }
      const decoded = decode(bytes, size);
      if (decoded.length !== size) throw new RangeError(`${name} gives ${decoded.length} bytes; expected ${size}`);
      return decoded;
    },
  });
  setCompressionCodec(
    CompressionType.LZ4_FRAME,
    decoder('LZ4', (bytes, size) => copied(lz4(bytes, size))),
  );
  setCompressionCodec(
    CompressionType.ZSTD,
    decoder('Zstandard', (bytes, size) => decompressZstd(bytes, new Uint8Array(size))),
  );
}

/** Typed arrays want their numbers at multiples of eight bytes, in memory that nobody reuses. */
function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
