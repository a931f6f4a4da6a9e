/**
 * The part of this package that needs no file system: documents, hashes, recipes, splits, normalizers. Browsers get only this.
 *
 * @packageDocumentation
 */
export { canonicalJson, firstDifference, type Json, parseDocument, sha256, unreadable } from './document.js';
export { FlatTable, sizeAt } from './flatbuffer.js';
export {
  denormalize,
  fitNormalizer,
  fitNormalizers,
  type Normalization,
  type Normalizer,
  normalize,
} from './normalizer.js';
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
