import { requireInteger } from '@dyadic/errors';
import { type ForeignFile, KINDS, shapeText, suggestImport } from '@dyadic/interchange';
import { describeNetwork } from '@dyadic/mnn';
import { type Inspected, inspect, layerTable, networkText, sampleText } from '@dyadic/pipeline';
import { formatCell, table, tableText } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { HEADER, numberFlag, PROFILE } from '../flags.js';

interface Flags {
  readonly profile: string;
  readonly sample: number;
  readonly header: 'auto' | 'yes' | 'no';
}

/** Most arrays that are listed for people. */
const MOST_LISTED = 100;

/** What is shown to people, and told to programs. */
interface Shown {
  readonly text: string;
  readonly facts: object;
}

export const addInspect = defineCommand<Flags>({
  name: 'inspect',
  summary: 'show what a dataset, a checkpoint, an experiment or a file of another program holds',
  argument: {
    syntax: '<path>',
    meaning: `a dataset folder, a checkpoint, a run folder, an experiment folder, or ${KINDS}`,
  },
  flags: [PROFILE, numberFlag('--sample <number>', 'which sample of a dataset to draw', 0), HEADER],
  examples: [
    'dyadic inspect datasets/nlse-1d',
    'dyadic inspect datasets/nlse-1d/data/paper',
    'dyadic inspect burgers.mat',
    'dyadic inspect apps/nlse-1d/runs/quick/checkpoint.safetensors',
  ],
  async run(path, { profile, sample, header }, { output }) {
    const { text, facts } = await shown(await inspect(path, { profile, header }), sample);
    output.result(text, facts);
  },
});

async function shown(found: Inspected, sample: number): Promise<Shown> {
  switch (found.kind) {
    case 'dataset':
      return showDataset(found, sample);
    case 'checkpoint':
      return showCheckpoint(found);
    case 'foreign':
      return Promise.resolve(showForeign(found.file)).finally(() => found.file.close());
    default:
      return found satisfies never;
  }
}

/** The dataset's card, and one of its samples. */
async function showDataset(found: Extract<Inspected, { kind: 'dataset' }>, wanted: number): Promise<Shown> {
  const { dataset, card } = found;
  const { recipe, manifest, samples } = dataset;
  const sample = requireInteger('--sample', wanted, { min: 0, max: samples - 1 });
  const megabytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0) / 1e6;
  const sizes = `${formatCell(samples, 'integer')} samples, ${manifest.shards.length} shards, ${megabytes.toFixed(1)} MB`;
  const head = `${recipe.name}: ${sizes}, seed ${recipe.seed}`;
  const text = [head, card, await sampleText(dataset, sample)].join('\n\n');
  return { text, facts: { kind: 'dataset', ...manifest } };
}

function showCheckpoint({ path, checkpoint }: Extract<Inspected, { kind: 'checkpoint' }>): Shown {
  const { network, plan, engine, state } = checkpoint;
  const { epoch, bestEpoch, bestError } = state;
  const { parameterCount } = network;
  const best = `best validation ε ${formatCell(bestError, 'error')} after epoch ${bestEpoch}`;
  const lines = [
    `${path}: epoch ${epoch} of ${plan.epochs}, ${best}`,
    `network: ${networkText(network)}; ${parameterCount} parameters`,
    `trained on ${engine}, seed ${plan.seed}`,
    tableText(layerTable(network)),
  ];
  const facts = { network: describeNetwork(network), parameterCount, plan, engine, epoch, bestEpoch, bestError };
  return { text: lines.join('\n'), facts: { kind: 'checkpoint', ...facts } };
}

/** The arrays of a file, and the command that imports it. */
function showForeign(file: ForeignFile): Shown {
  const { path, format } = file;
  const arrays = file.arrays.map(({ name, type, shape, refusal }) => ({ name, type, shape, refusal }));
  const listed = table({
    columns: [{ title: 'array' }, { title: 'type' }, { title: 'shape' }, { title: 'why it is not read' }],
    rows: arrays
      .slice(0, MOST_LISTED)
      .map(({ name, type, shape, refusal = '' }) => [name, type, shapeText(shape), refusal]),
  });
  const command = importCommand(file);
  const lines = [
    `${path}: ${format}, ${arrays.length === 1 ? 'one array' : `${arrays.length} arrays`}`,
    tableText(listed),
    ...(arrays.length > MOST_LISTED ? [`… and ${arrays.length - MOST_LISTED} more`] : []),
    ...(command === null ? [] : ['', 'Import it with:', `  ${command}`]),
  ];
  return { text: lines.join('\n'), facts: { kind: 'foreign', path, format, arrays, import: command } };
}

function importCommand(file: ForeignFile): string | null {
  const suggestion = suggestImport(file);
  if (!suggestion) return null;
  const { arrays, samplesAxis } = suggestion;
  const [first, second] = arrays.map(({ name }) => quoted(name));
  const named = second === undefined ? `--column ${first}` : `--input ${first} --output ${second}`;
  const axis = samplesAxis === undefined ? '' : ` --samples-axis ${samplesAxis}`;
  return `dyadic import ${quoted(file.path)} ${named}${axis} --out <folder>`;
}

function quoted(text: string): string {
  return /^[\w./+=@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
