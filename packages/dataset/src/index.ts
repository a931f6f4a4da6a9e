/**
 * A dataset store of Arrow files: shards of a fixed number of rows, a manifest with checksums, atomic writes, exact resumption.
 *
 * @packageDocumentation
 */
export { contentChecksum, markdownText } from './card.js';
export { type Column, type Columns, emptyColumn, fieldOf, type NumericArray } from './columns.js';
export { Dataset, openDataset, type ReadOptions } from './dataset.js';
export { readDocument } from './document-file.js';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportOptions,
  eachShard,
  exportDataset,
  exportedFields,
  inTemporary,
} from './export.js';
export { createFolder, sha256OfFile, writeFileAtomic } from './file.js';
export { type FolderLock, LockedError, lockFolder, removeDeadLock } from './lock.js';
export { type FailedDraw, MANIFEST_FILE, type Manifest, readManifest, type ShardEntry } from './manifest.js';
export * from './portable.js';
export { removeDataset } from './remove.js';
export { isShard } from './store-files.js';
export { type VerifyReport, verifyDataset } from './verify.js';
export { type CreateOptions, createDataset, DatasetWriter } from './writer.js';
