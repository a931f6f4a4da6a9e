import { basename, extname } from 'node:path';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { importHdf5, SAMPLES_AXES } from '@dyadic/interchange';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import type { Progress } from '../output/progress.js';
import { action, wholeNumberOption } from './context.js';

interface Options {
  readonly out: string;
  readonly name?: string;
  readonly samplesAxis: string;
  readonly precision?: string;
  readonly shardRows: string;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .description("make a dataset of an HDF5 file in the layout of the authors' code: /Input, /Output and, if there, /E")
    .argument('<file>', 'the HDF5 file')
    .requiredOption('-o, --out <folder>', 'the folder of the dataset')
    .option('-n, --name <name>', "the dataset's name (default: that of the file)")
    .option(
      '--samples-axis <axis>',
      'which axis of the arrays counts samples: auto (by the length of /E), first or last',
      'auto',
    )
    .option('--precision <type>', 'float32 or float64 (default: as in the file)')
    .option('--shard-rows <count>', 'samples a shard', '500')
    .addHelpText(
      'after',
      `
The columns are potential, solution and E. Last is what MATLAB writes for an array of samples × points: the axes of
each sample are reversed too.

Examples:
  dyadic import nlse2v2.h5 --out datasets/authors/data/paper --samples-axis first`,
    )
    .action(
      action<Options>(async (path, options, output) => {
        const name = options.name ?? basename(path, extname(path));
        if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) {
          throw new ArgumentError('--name', name, 'a name of letters, digits, - and _ that begins with a letter');
        }
        const bar: { progress?: Progress } = {};
        const onSamples = (done: number, total: number) => {
          bar.progress ??= output.progress(`import ${name}`, total, 'samples');
          bar.progress.update(done);
        };
        const importing = importHdf5(path, options.out, {
          name,
          onSamples,
          samplesAxis: requireOneOf('--samples-axis', options.samplesAxis, SAMPLES_AXES),
          ...(options.precision !== undefined && {
            precision: requireOneOf('--precision', options.precision, ['float32', 'float64'] as const),
          }),
          shardRows: wholeNumberOption('--shard-rows', options.shardRows),
        });
        const { recipe } = await importing.finally(() => bar.progress?.stop());
        const columns = recipe.fields.map(({ name, type, shape }) => `${name} ${type}(${shape.join(', ')})`);
        const text = `${recipe.name}: ${formatCell(recipe.samples, 'integer')} samples in ${options.out}: ${columns.join(', ')}`;
        output.result(text, { dataset: options.out, samples: recipe.samples, fields: recipe.fields });
      }),
    );
}
