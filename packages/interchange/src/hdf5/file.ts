import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { unreadable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { File, FS, ready } from 'h5wasm';

/** The part used here of a file node of h5wasm's in-memory file system (Emscripten's). */
interface MemoryFile {
  usedBytes: number;
  stream_ops: object;
  node_ops: object;
}

export interface OpenHdf5 {
  readonly file: File;
  close(): void;
}

let mounted = 0;

/** Opens an HDF5 file as {@link openHdf5} does, calls `use`, and closes the file. */
export async function withHdf5<T>(path: string, flags: 'r' | 'wx', use: (file: File) => T | Promise<T>): Promise<T> {
  const { file, close } = await openHdf5(path, flags);
  try {
    return await use(file);
  } finally {
    close();
  }
}

/**
 * Opens an HDF5 file. HDF5 files may refer to other files, so the library gets an in-memory file system with only this file,
 * whose bytes are read and written on disk: nothing else is accessible, and the file need not fit into memory.
 *
 * @param flags - `r` to read, `wx` to write a file that must not exist yet.
 * @throws DataError naming the file when it is not an HDF5 file, or the library's message about it
 */
export async function openHdf5(path: string, flags: 'r' | 'wx'): Promise<OpenHdf5> {
  const library = await ready;
  // Throws error messages instead of printing traces to stderr.
  library.activate_throwing_error_handler();
  const descriptor = opened(path, flags);
  const name = `/${mounted++}.h5`;
  const unmount = () => {
    if (FS!.analyzePath(name, false).exists) FS!.unlink(name);
    closeSync(descriptor);
  };
  try {
    mount(name, descriptor);
    const file = guarded(path, () => new File(name, flags === 'r' ? 'r' : 'w'));
    const close = () => {
      try {
        guarded(path, () => file.close());
      } finally {
        unmount();
      }
    };
    return { file, close };
  } catch (error) {
    unmount();
    throw error;
  }
}

/** Calls the library, and turns its exceptions into errors that name the file. @throws DataError */
export function guarded<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const message = String((cause as Error).message ?? cause);
    // HDF5 lists its calls from the outermost to the innermost: `#006: file line 388 in call(): what happened`.
    const reason = [...message.matchAll(/^ *#\d+: .*\(\): (.*)$/gm)].at(-1)?.[1] ?? message.split('\n')[0];
    throw new DataError(path, `cannot be handled as an HDF5 file (${reason})`, { cause });
  }
}

function opened(path: string, flags: 'r' | 'wx'): number {
  try {
    // Without O_NONBLOCK, opening a pipe would block.
    const mode = flags === 'r' ? constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) : 'wx+';
    const descriptor = openSync(path, mode);
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (cause) {
    if (flags === 'r') throw unreadable(path, cause);
    throw cause;
  }
  throw new DataError(path, 'is not a file; expected an HDF5 file');
}

/** Mounts an open file in the library's file system: reads and writes go to the descriptor. */
function mount(name: string, descriptor: number): void {
  FS!.createDataFile('/', name.slice(1), new Uint8Array(0), true, true, false);
  const node = FS!.lookupPath(name, {}).node as unknown as MemoryFile;
  node.usedBytes = fstatSync(descriptor).size;
  node.stream_ops = {
    ...node.stream_ops,
    read: (_: unknown, bytes: Uint8Array, offset: number, length: number, at: number) =>
      readSync(descriptor, bytes, offset, length, at),
    write: (_: unknown, bytes: Uint8Array, offset: number, length: number, at: number) => {
      const written = writeSync(descriptor, bytes, offset, length, at);
      node.usedBytes = Math.max(node.usedBytes, at + written);
      return written;
    },
  };
  node.node_ops = {
    ...node.node_ops,
    setattr: (_: unknown, { size }: { size?: number }) => {
      if (size === undefined) return;
      ftruncateSync(descriptor, size);
      node.usedBytes = size;
    },
  };
}
