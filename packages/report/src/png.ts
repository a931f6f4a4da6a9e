/** Most bytes of a block of uncompressed data in a zlib stream. */
const MOST_BLOCK_BYTES = 65_535;

/**
 * An image of indexed colors as the data URL of a PNG file, `data:image/png;base64,…`. Uncompressed, so the bytes depend on
 * the image alone. Format: RFC 2083; stored blocks: RFC 1951.
 *
 * @param pixels - color indices, row by row from the top, `width` per row
 * @param palette - red, green and blue of up to 256 colors, from 0 to 255
 */
export function pngAddress(pixels: Uint8Array, width: number, palette: Uint8Array): string {
  const height = pixels.length / width;
  // width, height, 8 bits per pixel, indexed color, the only compression and filter method, not interlaced
  const header = [...bigEndian(width), ...bigEndian(height), 8, 3, 0, 0, 0];
  const rows = new Uint8Array((width + 1) * height); // each row after the number of its filter: 0, none
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const file = [
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...chunk('PLTE', palette),
    ...chunk('IDAT', stored(rows)),
    ...chunk('IEND', []),
  ];
  return `data:image/png;base64,${btoa(file.map((byte) => String.fromCharCode(byte)).join(''))}`;
}

/** A zlib stream (RFC 1950) of uncompressed blocks. */
function stored(bytes: Uint8Array): number[] {
  const stream = [0x78, 0x01];
  for (let first = 0; first < bytes.length; first += MOST_BLOCK_BYTES) {
    const block = bytes.subarray(first, first + MOST_BLOCK_BYTES);
    const [low, high] = [block.length & 0xff, block.length >> 8];
    stream.push(Number(first + block.length === bytes.length), low, high, low ^ 0xff, high ^ 0xff, ...block);
  }
  return [...stream, ...bigEndian(adler32(bytes))];
}

function chunk(type: string, content: ArrayLike<number>): number[] {
  const body = [...type].map((letter) => letter.charCodeAt(0)).concat(Array.from(content));
  return [...bigEndian(content.length), ...body, ...bigEndian(crc32(body))];
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function crc32(bytes: readonly number[]): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}
