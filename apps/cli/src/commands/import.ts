import { basename, extname } from 'node:path';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { type ImportedColumn, importData, KINDS } from '@dyadic/interchange';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import type { Progress } from '../output/progress.js';
import { interruptible, wholeNumberOption } from './context.js';
import { type ForeignFlags, foreignChoice, foreignOptions } from './foreign-options.js';

interface Options extends ForeignFlags {
  readonly out: string;
  readonly name?: string;
  readonly input?: string;
  readonly output?: string;
  readonly column: readonly string[];
  readonly unit: readonly string[];
  readonly describe: readonly string[];
  readonly description?: string;
  readonly domain?: string;
  readonly periodic?: boolean;
  readonly precision?: string;
  readonly shardRows: string;
  readonly repair?: boolean;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('make a dataset of arrays in a file of another program')
    .argument('<file>', `${KINDS}; or a folder of .npy or CSV files`)
    .requiredOption('-o, --out <folder>', 'the folder of the dataset')
    .option('-n, --name <name>', "the dataset's name (default: after the file)")
    .option('--input <array>', 'the array that a network is to map from')
    .option('--output <array>', 'the array that it is to map to')
    .option('--column <array>', 'another array to take; may be given several times', collect, []);
  for (const option of foreignOptions()) command.addOption(option);
  command
    .option('--unit <column=unit>', 'the unit of a column; may be given several times', collect, [])
    .option('--describe <column=text>', 'what a column means; may be given several times', collect, [])
    .option('--description <text>', 'what the data are, for the card')
    .option('--domain <from..to>', 'ends of the domain, one pair for each axis of a sample: 0..1,0..2')
    .option('--periodic', 'the domain is periodic: the last point is one step before the end')
    .option('--precision <type>', 'float32 or float64 (default: as in the file)')
    .option('--shard-rows <count>', 'samples a shard', '500')
    .option('--repair', 'read all shards that are there and import damaged ones again')
    .addHelpText(
      'after',
      `
Arrays in groups and structs have paths, such as data/u. A column has the last part of its array's name, or another:
--input potential=data/V. dyadic inspect <file> lists the arrays. Without names, the layout of the authors' code is
taken: Input as potential, Output as solution and, if there, E.

Examples:
  dyadic import burgers.mat --input a --output u --samples-axis last --out datasets/burgers/data/quick
  dyadic import runs.npz --input x --output y --column nu --unit y=m/s --domain 0..1 --out data
  dyadic import nlse2v2.h5 --samples-axis first --out datasets/authors/data/paper`,
    )
    .action(
      interruptible<Options>(async (path, options, { output, signal }) => {
        const name = options.name ?? nameAfter(path);
        if (!NAME.test(name)) {
          throw new ArgumentError('--name', name, 'a name of letters, digits, - and _ that begins with a letter');
        }
        const { columns, input, output: target } = columnsOf(options);
        const bar: { progress?: Progress } = {};
        const onSamples = (done: number, total: number) => {
          bar.progress ??= output.progress(`import ${name}`, total, 'samples');
          bar.progress.update(done);
        };
        const importing = importData(path, options.out, {
          name,
          columns,
          ...(input !== undefined && { input }),
          ...(target !== undefined && { output: target }),
          ...foreignChoice(options),
          ...(options.precision !== undefined && {
            precision: requireOneOf('--precision', options.precision, ['float32', 'float64'] as const),
          }),
          ...(options.domain !== undefined && { domain: domainOf(options.domain) }),
          periodic: options.periodic ?? false,
          ...(options.description !== undefined && { description: options.description }),
          shardRows: wholeNumberOption('--shard-rows', options.shardRows),
          repair: options.repair ?? false,
          signal,
          onSamples,
        });
        const { manifest, imported } = await importing.finally(() => bar.progress?.stop());
        const { recipe } = manifest;
        const what = recipe.fields.map((field) => `${field.name} ${field.type}(${field.shape.join(', ')})`);
        const state = imported > 0 ? '' : ', up to date';
        const text = `${recipe.name}: ${formatCell(recipe.samples, 'integer')} samples in ${options.out}: ${what.join(', ')}${state}`;
        output.result(text, { dataset: options.out, samples: recipe.samples, imported, fields: recipe.fields });
      }),
    );
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** A name for the dataset: the file's, with what no name may hold replaced. */
function nameAfter(path: string): string {
  const text = basename(path, extname(path)).replace(/[^A-Za-z0-9_-]+/g, '-');
  return /^[A-Za-z]/.test(text) ? text : `data-${text}`.replace(/-+$/, '');
}

/** The columns asked for, each `array` or `column=array`. */
function columnsOf(options: Options) {
  const parse = (option: string, text: string): ImportedColumn & { readonly name: string } => {
    const [, given, array] = /^([^=]+)=(.+)$/.exec(text) ?? [undefined, undefined, text];
    const name = given ?? array!.split(/[/.]/).at(-1)!;
    if (NAME.test(name)) return { array: array!, name };
    throw new ArgumentError(option, text, 'a name of letters, digits, - and _ before the array: name=array');
  };
  const input = options.input === undefined ? undefined : parse('--input', options.input);
  const output = options.output === undefined ? undefined : parse('--output', options.output);
  // A map from a column to itself names its array twice.
  const isSame = input !== undefined && input.name === output?.name && input.array === output.array;
  const others = options.column.map((text) => parse('--column', text));
  const columns = [input, isSame ? undefined : output, ...others].filter((column) => column !== undefined);
  const units = pairsOf('--unit', options.unit, columns);
  const descriptions = pairsOf('--describe', options.describe, columns);
  const described = columns.map((column) => ({
    ...column,
    ...(units.has(column.name) && { unit: units.get(column.name)! }),
    ...(descriptions.has(column.name) && { description: descriptions.get(column.name)! }),
  }));
  return { columns: described, input: input?.name, output: output?.name };
}

function pairsOf(
  option: string,
  texts: readonly string[],
  columns: readonly { readonly name: string }[],
): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    const names = columns.map((column) => column.name);
    if (name === undefined || !names.includes(name)) {
      throw new ArgumentError(option, text, 'column=text, with a column named by --input, --output or --column');
    }
    pairs.set(name, value!);
  }
  return pairs;
}

function domainOf(text: string): [number, number][] {
  return text.split(',').map((pair) => {
    const [from, to, ...rest] = pair.split('..').map((end) => (end.trim() === '' ? Number.NaN : Number(end)));
    if (rest.length === 0 && Number.isFinite(from) && Number.isFinite(to) && from! < to!) return [from!, to!];
    throw new ArgumentError('--domain', text, 'pairs such as 0..1,0..2');
  });
}
