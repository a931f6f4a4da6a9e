/**
 * A dataset store on Arrow files: fixed-size shards, a manifest with checksums, atomic writes, exact resume.
 *
 * @packageDocumentation
 */
export { contentChecksum, markdownText } from './card.js';
export { type Column, type Columns, emptyColumn, fieldOf, type NumericArray } from './columns.js';
export { Dataset, openDataset, type ReadOptions } from './dataset.js';
export {
  canonicalJson,
  firstDifference,
  type Json,
  parseDocument,
  readDocument,
  sha256,
  unreadable,
} from './document.js';
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
export { FlatTable, sizeAt } from './flatbuffer.js';
export { type FolderLock, LockedError, lockFolder, removeDeadLock } from './lock.js';
export { type FailedDraw, MANIFEST_FILE, type Manifest, readManifest, type ShardEntry } from './manifest.js';
export {
  denormalize,
  fitNormalizer,
  fitNormalizers,
  type Normalization,
  type Normalizer,
  normalize,
} from './normalizer.js';
export { removeDataset } from './remove.js';
export {
  type Domain,
  domainSchema,
  elements,
  type Field,
  FORMAT_VERSION,
  fieldSchema,
  type Presentation,
  presentationSchema,
  type Recipe,
  type RecipeInput,
  recipeHash,
  recipeSchema,
  sizeProblem,
} from './schema.js';
export { type SampleRange, type SplitName, splitSamples } from './split.js';
export { isShard } from './store-files.js';
export { type VerifyReport, verifyDataset } from './verify.js';
export { type CreateOptions, createDataset, DatasetWriter } from './writer.js';
