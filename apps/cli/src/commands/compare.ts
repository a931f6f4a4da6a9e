import { resolve } from 'node:path';
import { writeFileAtomic } from '@dyadic/dataset';
import { compareRuns, comparisonPage, comparisonTable } from '@dyadic/pipeline';
import { tableText } from '@dyadic/report';
import type { Command } from 'commander';
import { actionOfMany } from './context.js';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('set runs beside each other: what they have otherwise, and how well they learned')
    .argument('<runs...>', 'run folders or checkpoints')
    .option('-o, --out <file>', 'where the page with the learning curves goes', 'comparison.html')
    .addHelpText(
      'after',
      `
Examples:
  dyadic compare apps/nlse-1d/runs/*
  dyadic compare runs/quick runs/quick+training.batchSize=50 --out batches.html`,
    )
    .action(
      actionOfMany<{ readonly out: string }>(async (runs, { out }, output) => {
        const comparison = await compareRuns(runs);
        await writeFileAtomic(out, await comparisonPage(comparison));
        const page = resolve(out);
        const text = tableText(comparisonTable(comparison), { color: process.stdout.isTTY === true });
        output.result(`${text}\n\npage: ${page}`, { ...comparison, page });
      }),
    );
}
