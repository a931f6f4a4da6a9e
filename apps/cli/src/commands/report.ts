import { join, resolve } from 'node:path';
import { defineCommand } from '../command.js';
import { flag } from '../flags.js';

export const addReport = defineCommand<{ readonly results?: string }>({
  name: 'report',
  summary: 'write the results of dyadic reproduce as one page, in Markdown and HTML',
  argument: {
    syntax: '[folder]',
    meaning: 'the folder with problems, tables, figures and shifts',
    default: 'apps/reproduce',
  },
  flags: [flag('--results <folder>', 'folder of the results (default: docs/results beside apps)')],
  notes: 'Computes nothing: writes README.md, index.html and figures beside the results, and lists what is missing.',
  examples: ['dyadic report', 'dyadic report --results /tmp/results'],
  async run(folder, { results = join(folder, '../../docs/results') }, { output }) {
    const { readDeclarations, writeReport } = await import('@dyadic/reproduction');
    const written = await writeReport(await readDeclarations(folder), results);
    output.result(`report: ${resolve(written.markdown)}\nreport: ${resolve(written.html)}`, written);
  },
});
