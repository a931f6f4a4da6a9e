import { join, resolve } from 'node:path';
import { readDeclarations, writeReport } from '@dyadic/reproduction';
import type { Command } from 'commander';
import { action } from './context.js';

export function addReport(program: Command): void {
  program
    .command('report')
    .description('write the results of dyadic reproduce as one page, in Markdown and HTML')
    .argument('[folder]', 'the folder with problems, tables, figures and shifts', 'apps/reproduce')
    .option('--results <folder>', 'folder of the results (default: docs/results beside apps)')
    .addHelpText(
      'after',
      `
Computes nothing: writes README.md, index.html and figures beside the results, and lists what is missing.

Examples:
  dyadic report
  dyadic report --results /tmp/results`,
    )
    .action(
      action<{ readonly results?: string }>(async (folder, options, output) => {
        const results = options.results ?? join(folder, '../../docs/results');
        const written = await writeReport(await readDeclarations(folder), results);
        output.result(`report: ${resolve(written.markdown)}\nreport: ${resolve(written.html)}`, written);
      }),
    );
}
