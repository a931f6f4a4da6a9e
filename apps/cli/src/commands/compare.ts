import { resolve } from 'node:path';
import { writeFileAtomic } from '@dyadic/dataset';
import { compareRuns, comparisonPage, comparisonTable } from '@dyadic/pipeline';
import { tableText } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { flag } from '../flags.js';

export const addCompare = defineCommand<{ readonly out: string }, readonly string[]>({
  name: 'compare',
  summary: 'set runs beside each other: what they have otherwise, and how well they learned',
  argument: { syntax: '<runs...>', meaning: 'run folders or checkpoints' },
  flags: [flag('-o, --out <file>', 'where the page with the learning curves goes', 'comparison.html')],
  examples: [
    'dyadic compare apps/nlse-1d/runs/*',
    'dyadic compare runs/quick runs/quick+training.batchSize=50 --out batches.html',
  ],
  async run(runs, { out }, { output }) {
    const comparison = await compareRuns(runs);
    await writeFileAtomic(out, await comparisonPage(comparison));
    const page = resolve(out);
    const text = tableText(comparisonTable(comparison), { color: process.stdout.isTTY === true });
    output.result(`${text}\n\npage: ${page}`, { ...comparison, page });
  },
});
