import { join, resolve } from 'node:path';
import {
  ResultStore,
  readComparison,
  readConstants,
  readDeclarations,
  readShifts,
  writeReport,
} from '@dyadic/reproduction';
import type { Command } from 'commander';
import { action } from './context.js';

export function addReport(program: Command): void {
  program
    .command('report')
    .description('write what dyadic reproduce has computed as one page, in Markdown and HTML')
    .argument('[folder]', 'the folder with problems, tables and figures', 'apps/reproduce')
    .option('--results <folder>', 'where results are kept (default: docs/results beside apps)')
    .addHelpText(
      'after',
      `
Computes nothing: it writes README.md, index.html and figures beside the results, and says what is missing.

Examples:
  dyadic report
  dyadic report --results /tmp/results`,
    )
    .action(
      action<{ readonly results?: string }>(async (folder, options, output) => {
        const results = options.results ?? join(folder, '../../docs/results');
        const declarations = await readDeclarations(folder);
        const store = new ResultStore(results);
        const studies = {
          shifts: await readShifts(results),
          comparison: await readComparison(results),
          constants: await readConstants(results),
        };
        const written = await writeReport(declarations, store, studies, results);
        output.result(`report: ${resolve(written.markdown)}\nreport: ${resolve(written.html)}`, written);
      }),
    );
}
