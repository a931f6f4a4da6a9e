import { DataError } from '@dyadic/errors';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { InflatedBytes } from '../bytes/inflated.js';
import { type ByteSource, ByteWindow, type FileBytes } from '../bytes/source.js';
import type { ArraySource, OpenedFormat } from '../foreign.js';
import { npyArray } from './npy.js';

const MOST_ARRAYS = 10_000;
const [STORED, DEFLATED] = [0, 8];

/**
 * Opens a `.npz` file, a ZIP archive of `.npy` files. yauzl reads the archive's directory: it is maintained, has few dependencies,
 * and handles damaged archives. The numbers are read directly from the file.
 */
export async function openNpz(path: string, bytes: FileBytes): Promise<OpenedFormat> {
  const zip = await opened(path, bytes);
  const arrays: ArraySource[] = [];
  const inflated: ByteSource[] = [];
  const close = async () => {
    for (const source of inflated) await source.close();
  };
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName, compressionMethod, compressedSize, uncompressedSize } = entry;
      if (!fileName.endsWith('.npy') || arrays.length >= MOST_ARRAYS) continue;
      const name = fileName.slice(0, -'.npy'.length);
      if (entry.isEncrypted()) throw new DataError(path, `'${name}' is encrypted`);
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      const stored = new ByteWindow(path, bytes, fileDataStart, compressedSize);
      if (compressionMethod === STORED) arrays.push(await npyArray(path, name, stored));
      else if (compressionMethod === DEFLATED) {
        const source = new InflatedBytes(path, stored, 'raw', uncompressedSize);
        inflated.push(source);
        arrays.push(await npyArray(path, name, source));
      } else
        throw new DataError(path, `'${name}' is compressed by method ${compressionMethod} of ZIP; expected deflate`);
    }
  } catch (cause) {
    await close();
    if (cause instanceof DataError) throw cause;
    throw damaged(path, cause);
  }
  if (arrays.length === 0)
    throw new DataError(path, "is a ZIP archive without .npy files in it; expected NumPy's .npz");
  return { arrays, close };
}

function opened(path: string, bytes: FileBytes): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true };
  return fromRandomAccessReaderPromise(new SourceReader(bytes), bytes.size, options).catch((cause) => {
    throw damaged(path, cause);
  });
}

function damaged(path: string, cause: unknown): DataError {
  return new DataError(path, `is not a whole .npz file (${(cause as Error).message})`, { cause });
}

/** Gives yauzl access to the open file. */
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(into: Buffer, offset: number, length: number, at: number, done: (error: Error | null) => void): void {
    this.#source.read(at, length).then(
      (bytes) => {
        bytes.copy(into, offset);
        done(null);
      },
      (error) => done(error),
    );
  }

  override close(done: (error: Error | null) => void): void {
    done(null);
  }
}
