declare module 'lz4js' {
  /** Decompresses an LZ4 frame of at most `maxSize` bytes. */
  function decompress(bytes: Uint8Array, maxSize: number): Uint8Array;
  const lz4: { decompress: typeof decompress };
  export default lz4;
}
