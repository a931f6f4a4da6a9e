import lz4 from '@foxglove/wasm-lz4';
import { CompressionType, setCompressionCodec } from '@uwdata/flechette';
import { decompress as decompressZstd } from 'fzstd';

/** Most bytes of one buffer: the memory of WebAssembly is bounded, and the LZ4 code does not check its allocations. */
const MOST_BYTES = 2 ** 29;

/**
 * The greatest possible compression ratios: a length byte of LZ4 adds 255 to a match; a block of Zstandard of at least 4 bytes
 * expands to at most 128 KiB.
 */
const MOST_RATIOS = { LZ4: 255, Zstandard: 2 ** 15 } as const;

/**
 * Registers the codecs with which flechette reads compressed Arrow (Node 20's zlib has neither format). fzstd decodes Zstandard in
 * JavaScript; wasm-lz4 is LZ4's C library compiled to WebAssembly, since lz4js in JavaScript decodes short overlapping matches
 * from Polars wrongly.
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

/** A copy, aligned to eight bytes as typed arrays require, in memory that no decoder reuses. */
function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
