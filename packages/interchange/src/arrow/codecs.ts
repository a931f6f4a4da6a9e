/// <reference path="./lz4js.d.ts" />
import { CompressionType, setCompressionCodec } from '@uwdata/flechette';
import { decompress as decompressZstd } from 'fzstd';
import lz4 from 'lz4js';

/** Most bytes of one buffer. */
const MOST_BYTES = 2 ** 31;

/**
 * The most that one compressed byte can stand for: a length byte of LZ4 adds 255 to a match; a block of Zstandard has up to
 * 128 KiB and at least 4 bytes.
 */
const MOST_RATIOS = { LZ4: 255, Zstandard: 2 ** 15 } as const;

/**
 * Lets flechette read compressed Arrow: fzstd and lz4js, the decoders that its documentation names, in plain JavaScript
 * without dependencies (zlib of Node 20 has neither format).
 */
export function registerCodecs(): void {
  const encode = () => {
    throw new TypeError('nothing is compressed here');
  };
  const decoder = (name: keyof typeof MOST_RATIOS, decode: (bytes: Uint8Array, size: number) => Uint8Array) => ({
    encode,
    decode: (bytes: Uint8Array, size: number) => {
      if (size < 0 || size > MOST_BYTES || size > (bytes.length + 1) * MOST_RATIOS[name]) {
        throw new RangeError(`${bytes.length} bytes of ${name} claim to hold ${size}`);
      }
      const decoded = decode(bytes, size);
      if (decoded.length !== size) throw new RangeError(`${name} gives ${decoded.length} bytes; expected ${size}`);
      return decoded;
    },
  });
  setCompressionCodec(
    CompressionType.LZ4_FRAME,
    decoder('LZ4', (bytes, size) => lz4.decompress(bytes, size)),
  );
  setCompressionCodec(
    CompressionType.ZSTD,
    decoder('Zstandard', (bytes, size) => decompressZstd(bytes, new Uint8Array(size))),
  );
}
