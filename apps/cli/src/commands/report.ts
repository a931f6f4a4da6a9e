import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readConstants } from '../reproduce/constants.js';
import { readDeclarations } from '../reproduce/files.js';
import { writeReport } from '../reproduce/report.js';
import { readComparison } from '../reproduce/report-parts.js';
import { ResultStore } from '../reproduce/result.js';
import { readShifts } from '../reproduce/shift.js';
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
