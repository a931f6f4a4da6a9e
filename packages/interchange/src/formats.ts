/**
 * The formats and how to recognise them. To add one, write a reader in a folder and add an entry here. Readers with large
 * libraries are loaded when a file of their format is opened.
 */
import { DataError } from '@dyadic/errors';
import { MAGIC as ARROW_MAGIC } from './arrow/messages.js';
import type { FileBytes } from './bytes/source.js';
import { type Header, openTable } from './csv/read.js';
import type { OpenedFormat } from './foreign.js';
import { openMatlab5 } from './matlab/read.js';
import { openNpy } from './numpy/npy.js';

/** Options of {@link openForeign}. */
export interface OpenOptions {
  /** Whether the first line of a text table names the columns. Default `auto`: it does if no field in it is a number. */
  readonly header?: Header;
}

export interface Format {
  /** Name in messages. */
  readonly name: string;
  /** Usual file extensions. */
  readonly extensions: readonly string[];
  /** Whether a file of this beginning and extension has the format. */
  matches(head: Buffer, extension: string): boolean;
  open(path: string, bytes: FileBytes, options: OpenOptions): Promise<OpenedFormat>;
}

/** Number of leading bytes that determine the format. */
export const HEAD_BYTES = 4096;

const begins = (head: Buffer, magic: string, at = 0) => head.toString('latin1', at, at + magic.length) === magic;

const TEXT = ['.csv', '.tsv', '.txt', '.dat'];

export const FORMATS: readonly Format[] = [
  {
    name: 'HDF5',
    extensions: ['.h5', '.hdf5', '.he5', '.nc', '.mat'],
    // A user block may precede it, of 512, 1024, 2048, … bytes; MATLAB 7.3 writes one of 512.
    matches: (head) => [0, 512, 1024, 2048].some((at) => begins(head, '\x89HDF\r\n\x1a\n', at)),
    open: async (path, bytes) => (await import('./hdf5/read.js')).openHdf5Arrays(path, bytes),
  },
  {
    name: 'MATLAB 5',
    extensions: ['.mat'],
    matches: (head) => begins(head, '\x00\x01IM', 124) || begins(head, '\x01\x00MI', 124),
    open: openMatlab5,
  },
  { name: 'NumPy', extensions: ['.npy'], matches: (head) => begins(head, '\x93NUMPY'), open: openNpy },
  {
    name: 'NumPy archive',
    extensions: ['.npz'],
    matches: (head) => begins(head, 'PK\x03\x04'),
    open: async (path, bytes) => (await import('./numpy/npz.js')).openNpz(path, bytes),
  },
  {
    name: 'Parquet',
    extensions: ['.parquet', '.pq'],
    matches: (head) => begins(head, 'PAR1'),
    open: async (path, bytes) => (await import('./parquet/read.js')).openParquet(path, bytes),
  },
  {
    name: 'Arrow file',
    extensions: ['.arrow', '.feather', '.ipc'],
    matches: (head) => begins(head, ARROW_MAGIC),
    open: async (path, bytes) => (await import('./arrow/read.js')).openArrow(path, bytes),
  },
  {
    name: 'Arrow stream',
    extensions: ['.arrows', '.arrow', '.ipc'],
    matches: (head, extension) =>
      begins(head, '\xff\xff\xff\xff') ||
      (extension === '.arrows' && head.length > 4 && head.readInt32LE(0) < HEAD_BYTES && head[4] === 0x10),
    open: async (path, bytes) => (await import('./arrow/read.js')).openArrow(path, bytes),
  },
  {
    name: 'table of text',
    extensions: TEXT,
    matches: (_, extension) => TEXT.includes(extension),
    open: (path, bytes, { header = 'auto' }) => openTable(path, bytes, header),
  },
];

/** Recognised formats that are not read, with the advice to give. */
const REFUSED: readonly [(head: Buffer) => boolean, string][] = [
  [(head) => begins(head, 'FEA1'), 'is a Feather file of version 1; convert it to version 2'],
  [(head) => begins(head, 'PARE'), 'is an encrypted Parquet file; decrypt it'],
  [(head) => begins(head, '\x1f\x8b'), 'is compressed by gzip; unpack it'],
  [(head) => begins(head, '\x28\xb5\x2f\xfd'), 'is compressed by Zstandard; unpack it'],
  [
    (head) => begins(head, 'CDF\x01') || begins(head, 'CDF\x02') || begins(head, 'CDF\x05'),
    'is netCDF before version 4; convert it with: nccopy -k nc4',
  ],
  [
    (head) => begins(head, '\x80') && head.length > 1 && head[1]! < 6,
    'is a Python pickle; nothing is executed here: save the arrays with numpy.savez',
  ],
];

/** The format of a file. @throws DataError for an unknown format, and for a file whose content contradicts its extension */
export function formatOf(path: string, head: Buffer): Format {
  const extension = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  if (head.length === 0) throw new DataError(path, 'is empty');
  const refused = REFUSED.find(([matches]) => matches(head));
  if (refused) throw new DataError(path, refused[1]);
  const format = FORMATS.find(({ matches }) => matches(head, extension));
  if (format) return format;
  const claimed = FORMATS.filter(({ extensions }) => extensions.includes(extension)).map(({ name }) => name);
  if (extension === '.mat') {
    throw new DataError(path, 'is not a MATLAB file of version 5 or later; in MATLAB: save(…, "-v7") or "-v7.3"');
  }
  if (claimed.length > 0)
    throw new DataError(path, `is not ${claimed.join(' or ')} as its name says; it is damaged or of another kind`);
  throw new DataError(path, `has an unknown format; expected ${KINDS}`);
}

/** The formats that are read, for messages and help. */
export const KINDS = 'HDF5, MATLAB, .npy, .npz, Parquet, Arrow, Feather or CSV';
