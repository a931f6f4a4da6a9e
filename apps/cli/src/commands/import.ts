import { basename, extname } from 'node:path';
import { ArgumentError } from '@dyadic/errors';
import { type ImportedColumn, importData, KINDS, type Precision } from '@dyadic/interchange';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import {
  choiceFlag,
  countFlag,
  FOREIGN,
  type ForeignFlags,
  flag,
  pairOf,
  readFlag,
  repeatedFlag,
  requiredFlag,
} from '../flags.js';
import type { Progress } from '../output/progress.js';

interface Flags extends ForeignFlags {
  readonly out: string;
  readonly name?: string;
  readonly input?: string;
  readonly output?: string;
  readonly column?: readonly string[];
  readonly unit?: readonly string[];
  readonly describe?: readonly string[];
  readonly description?: string;
  readonly domain?: readonly (readonly [number, number])[];
  readonly periodic?: boolean;
  readonly precision?: Precision;
  readonly shardRows: number;
  readonly repair?: boolean;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

export const addImport = defineCommand<Flags>({
  name: 'import',
  summary: 'make a dataset of arrays in a file of another program',
  argument: { syntax: '<file>', meaning: `${KINDS}; or a folder of .npy or CSV files` },
  flags: [
    requiredFlag('-o, --out <folder>', 'the folder of the dataset'),
    flag('-n, --name <name>', "the dataset's name (default: after the file)"),
    flag('--input <array>', 'the array that a network is to map from'),
    flag('--output <array>', 'the array that it is to map to'),
    repeatedFlag('--column <array>', 'another array to take'),
    ...FOREIGN,
    repeatedFlag('--unit <column=unit>', 'the unit of a column'),
    repeatedFlag('--describe <column=text>', 'what a column means'),
    flag('--description <text>', 'what the data are, for the card'),
    readFlag('--domain <from..to>', 'ends of the domain, one pair for each axis of a sample: 0..1,0..2', readDomain),
    flag('--periodic', 'the domain is periodic: the last point is one step before the end'),
    choiceFlag('--precision <type>', 'type of all columns (default: as in the file)', ['float32', 'float64']),
    countFlag('--shard-rows <count>', 'samples per shard', 500),
    flag('--repair', 'read all finished shards and import damaged ones again'),
  ],
  notes: `Arrays in groups and structs have paths, such as data/u. A column has the last part of its array's name, or another:
--input potential=data/V. dyadic inspect <file> lists the arrays. Without names, the layout of the authors' code is
assumed: Input as potential, Output as solution and, if there, E.`,
  examples: [
    'dyadic import burgers.mat --input a --output u --samples-axis last --out datasets/burgers/data/quick',
    'dyadic import runs.npz --input x --output y --column nu --unit y=m/s --domain 0..1 --out data',
    'dyadic import nlse2v2.h5 --samples-axis first --out datasets/authors/data/paper',
  ],
  resumes: true,
  async run(path, flags, { output, signal }) {
    const { out, name = nameAfter(path), column, unit, describe, ...options } = flags;
    if (!NAME.test(name)) {
      throw new ArgumentError('--name', name, 'a name of letters, digits, - and _ that begins with a letter');
    }
    let bar: Progress | undefined;
    const onSamples = (done: number, total: number) => {
      bar ??= output.progress(`import ${name}`, total, 'samples');
      bar.update(done);
    };
    const importing = importData(path, out, { ...options, ...columnsOf(flags), name, signal, onSamples });
    const { manifest, imported } = await importing.finally(() => bar?.stop());
    const { fields, samples } = manifest.recipe;
    const what = fields.map((field) => `${field.name} ${field.type}(${field.shape.join(', ')})`).join(', ');
    const text = `${name}: ${formatCell(samples, 'integer')} samples in ${out}: ${what}${imported > 0 ? '' : ', up to date'}`;
    output.result(text, { dataset: out, samples, imported, fields });
  },
});

/** A name for the dataset: the file's, with what no name may hold replaced. */
function nameAfter(path: string): string {
  const text = basename(path, extname(path)).replace(/[^A-Za-z0-9_-]+/g, '-');
  return /^[A-Za-z]/.test(text) ? text : `data-${text}`.replace(/-+$/, '');
}

/** The columns asked for, and the names of those that a network maps from and to. */
function columnsOf({ input: from, output: to, column = [], unit = [], describe = [] }: Flags) {
  const input = from === undefined ? undefined : readColumn('--input', from);
  const output = to === undefined ? undefined : readColumn('--output', to);
  // A map from a column to itself names its array twice.
  const isSame = input !== undefined && input.name === output?.name && input.array === output.array;
  const others = column.map((text) => readColumn('--column', text));
  const named = [input, isSame ? undefined : output, ...others].filter((one) => one !== undefined);
  const names = named.map(({ name }) => name);
  const units = readPairs('--unit', unit, names);
  const descriptions = readPairs('--describe', describe, names);
  const columns = named.map((one): ImportedColumn => {
    const [unitOf, description] = [units.get(one.name), descriptions.get(one.name)];
    return { ...one, ...(unitOf !== undefined && { unit: unitOf }), ...(description !== undefined && { description }) };
  });
  return { columns, input: input?.name, output: output?.name };
}

/** `array`, which names its column too, or `column=array`. */
function readColumn(option: string, text: string): { readonly name: string; readonly array: string } {
  const [, given, array = text] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const name = given ?? array.split(/[/.]/).at(-1)!;
  if (NAME.test(name)) return { array, name };
  throw new ArgumentError(option, text, 'a name of letters, digits, - and _ before the array: name=array');
}

/** `column=text` of columns that were named. */
function readPairs(option: string, texts: readonly string[], names: readonly string[]): Map<string, string> {
  const expected = 'column=text, with a column named by --input, --output or --column';
  const pairs = texts.map((text) => {
    const pair = pairOf(option, text, expected);
    if (!names.includes(pair[0])) throw new ArgumentError(option, text, expected);
    return pair;
  });
  return new Map(pairs);
}

function readDomain(option: string, text: string): [number, number][] {
  return text.split(',').map((pair) => {
    const [from, to, ...rest] = pair.split('..').map((end) => (end.trim() === '' ? Number.NaN : Number(end)));
    if (rest.length === 0 && Number.isFinite(from) && Number.isFinite(to) && from! < to!) return [from!, to!];
    throw new ArgumentError(option, text, 'pairs such as 0..1,0..2');
  });
}
