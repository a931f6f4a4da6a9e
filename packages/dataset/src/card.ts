import { join } from 'node:path';
import { sha256 } from './document.js';
import { writeFileAtomic } from './file.js';
import { histogramsSvg } from './histograms.js';
import { CARD_FILES, type CardFile, type FailedDraw, type Manifest } from './manifest.js';
import { elements, type Field } from './schema.js';
import { type FieldStatistics, fieldStatistics } from './statistics.js';

const MOST_FAILURES = 20;

/** Texts of the card from the maker of the dataset, in Markdown. */
export interface CardTexts {
  /** The equation in words and symbols. */
  readonly about?: string;
  /** How to reproduce the bytes. */
  readonly provenance?: string;
}

const COMPUTED =
  'Sample i is a function of (recipe, seed, i) alone: made again, on any machine, the bytes are the same.';

/**
 * Writes the dataset card: `README.md` and its figure. Both are functions of the dataset and the texts alone.
 */
export async function writeCard(folder: string, manifest: Manifest, texts: CardTexts): Promise<CardFile[]> {
  const statistics = await fieldStatistics(folder, manifest.recipe);
  const contents = {
    'README.md': cardText(manifest, statistics, texts),
    'statistics.svg': histogramsSvg(manifest.recipe.fields, statistics),
  };
  const files: CardFile[] = [];
  for (const file of CARD_FILES) {
    const content = Buffer.from(contents[file]);
    await writeFileAtomic(join(folder, file), content);
    files.push({ file, bytes: content.length, sha256: sha256(content) });
  }
  return files;
}

/** The card in Markdown. */
export function cardText(
  manifest: Manifest,
  statistics: readonly FieldStatistics[],
  { about = '', provenance = COMPUTED }: CardTexts,
): string {
  const { recipe, recipeSha256, shards } = manifest;
  const { name, samples, seed, generator, problem, fields } = recipe;
  const failures = shards.flatMap((shard) => shard.failures ?? []);
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const tensor = fields.find(({ shape }) => shape.length > 0) ?? fields[0]!;
  return `# ${name}

${about || fields.map(({ name: field, description }) => `\`${field}\`: ${markdownText(description)}`).join('; ')}

| | |
|---|---|
| samples | ${samples} |
| shards | ${shards.length}, of ${recipe.shardRows} samples |
| size | ${bytes} bytes, ${Math.round(bytes / samples)} per sample |
| draws given up | ${failures.length} |
| seed | ${seed} |
| generator | ${markdownText(generator.name)}, revision ${markdownText(generator.version)} |
| recipe, SHA-256 | \`${recipeSha256}\` |
| content, SHA-256 | \`${contentChecksum(manifest)}\` |

${provenance}

## Columns

| column | type | shape | least | greatest | mean | deviation | meaning |
|---|---|---|---|---|---|---|---|
${fields.map((field, i) => columnRow(field, statistics[i]!, recipe.presentation?.units[field.name])).join('\n')}

Over all entries of all samples; the deviation is the root of the mean squared distance from the mean.

![histograms of all columns](statistics.svg)

${failuresNote(failures)}## Problem

\`\`\`json
${JSON.stringify(problem, null, 2)}
\`\`\`

## Loading

TypeScript:

\`\`\`ts
import { openDataset } from '@dyadic/dataset';

const dataset = await openDataset('.');
const { ${tensor.name} } = await dataset.read(['${tensor.name}'], 0, ${Math.min(10, samples)}); // ${arrayNote(tensor, Math.min(10, samples))}
\`\`\`

Python, with pyarrow:

\`\`\`python
import glob
${importsNumpy(tensor) ? 'import numpy as np\n' : ''}import pyarrow as pa

shards = [pa.ipc.open_file(name).read_all() for name in sorted(glob.glob('shard-*.arrow'))]
${pythonNote(tensor, recipe.tensorExtension)}
\`\`\`

\`dyadic verify\` reads everything and names what was damaged; \`dyadic export\` writes other formats.
`;
}

/** SHA-256, in hexadecimal, of the list of the shards' SHA-256 in order: identifies the content of a dataset. */
export function contentChecksum({ shards }: Manifest): string {
  return sha256(shards.map((shard) => shard.sha256));
}

/** The first draws given up; empty if there are none. */
function failuresNote(failures: readonly FailedDraw[]): string {
  if (failures.length === 0) return '';
  const rows = failures
    .slice(0, MOST_FAILURES)
    .map(
      ({ sample, attempt, status, residual }) =>
        `| ${sample} | ${attempt} | ${markdownText(status)} | ${residual ?? ''} |`,
    );
  const more = failures.length > MOST_FAILURES ? `\nThe first ${MOST_FAILURES}; the manifest has all.\n` : '';
  return `## Draws given up

Each was replaced by the next attempt for the same sample.

| sample | attempt | status | residual |
|---|---|---|---|
${rows.join('\n')}
${more}
`;
}

function columnRow(field: Field, statistics: FieldStatistics, unit?: string): string {
  const shape = field.shape.length > 0 ? field.shape.join(' × ') : '';
  const numbers =
    statistics.kind === 'numbers'
      ? [statistics.least, statistics.greatest, statistics.mean, statistics.deviation].map(short)
      : [statistics.counts.map(([value, count]) => `${markdownText(value)} (${count})`).join(', '), '', '', ''];
  const meaning = markdownText(unit === undefined ? field.description : `${field.description} (in ${unit})`);
  return `| ${[`\`${field.name}\``, field.type, shape, ...numbers, meaning].join(' | ')} |`;
}

function arrayNote(field: Field, rows: number): string {
  const array = { float32: 'Float32Array', float64: 'Float64Array', int32: 'Int32Array', uint32: 'Uint32Array' };
  return field.type === 'utf8' ? `${rows} texts` : `${array[field.type]} of ${rows * elements(field)} numbers`;
}

function importsNumpy({ shape }: Field): boolean {
  return shape.length > 0;
}

function pythonNote(field: Field, tensorExtension: boolean): string {
  const column = `shard.column('${field.name}').combine_chunks()`;
  if (field.shape.length === 0) return `values = [value for shard in shards for value in ${column}.to_pylist()]`;
  const array = tensorExtension
    ? `${column}.to_numpy_ndarray()`
    : `${column}.flatten().to_numpy().reshape(-1, ${field.shape.join(', ')})`;
  return `${field.name} = np.concatenate([${array} for shard in shards])`;
}

/** A number with six digits: enough to read, and independent of the last bits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Escapes any text for a line or table cell of Markdown: it shows verbatim, neither as markup nor as HTML. */
export function markdownText(value: string): string {
  return value.replace(/[\r\n]+/g, ' ').replace(/[\\|<>&`*_[\]]/g, (character) => `\\${character}`);
}
