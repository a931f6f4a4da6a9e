/**
 * The shape of a SIMD vector. A module without imports: worker threads load it, and in a browser a thread can not import
 * packages by name.
 */

/** Samples in a chunk, one in each lane of a vector. */
export const LANES = 4;
/** Bytes of a vector: the same number of all samples of a chunk. */
export const VECTOR = 16;
