import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declarations, kohnSham, PROBLEM, report, run, TABLE } from './declarations.js';

describe('the page of results', () => {
  it('is written from the cells alone, the same bytes each time: tables, figures and what is missing', async () => {
    const declared = await declarations();
    expect((await report(declared)).markdown).toContain('No entry of the paper’s tables is finished yet.');
    await run(declared, { figures: ['8'], shifts: ['tiny'] });
    const { markdown, html, figure } = await report(declared);
    expect(markdown).toContain('npx dyadic reproduce --table 1 --scale quick --preset paper |');
    expect(markdown).toContain('npx dyadic reproduce --shift tiny --scale quick --preset paper\n');
    expect(markdown).toContain('](figures/figure-8-1.svg)');
    expect(markdown).toContain('three wells');
    expect(html).toContain(figure.trim());
    expect(await report(declared)).toEqual({ markdown, html, figure });
  });

  it('starts with every entry of the paper’s tables, ours over the paper’s, and one summary; prose comes last', async () => {
    const declared = await declarations();
    await run(declared, { tables: ['1'] });
    const { markdown } = await report(declared);
    const headings = [...markdown.matchAll(/^## (.*)/gm)].map(([, heading]) => heading);
    expect(headings.slice(0, 3)).toEqual(['Results', 'Summary', 'Table 1: error against channels']);
    expect(headings.slice(-5)[0]).toBe('How to read the tables');
    expect(markdown).toMatch(/## Results\n\n!\[All 2 finished entries of the paper’s tables/);
    // the ratios of the table, again
    const ratios = [...markdown.matchAll(/^\| [12] +\|.* ([\d.]+)× \|/gm)].map(([, ratio]) => Number(ratio));
    expect(ratios).toHaveLength(2);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const matched = ratios.filter((ratio) => ratio <= 1).length;
    expect(markdown).toContain(
      `Preset paper (tiny), each entry at its best scale: ${matched} of 2 entries match or beat the paper’s error`,
    );
    const summary =
      /\| tiny +\| paper +\| quick +\| +2 of 2 \| +2 \| +(\d) \| +([\d.]+)× \| +([\d.]+)× \| +([\d.]+)× \|/;
    expect(summary.exec(markdown)!.slice(1).map(Number)).toEqual([matched, least, least, most]);
  });

  it('takes grid and symbols of a figure from the problem of its data', async () => {
    const declared = await kohnSham(20);
    await run(declared, { figures: ['8'] });
    const { figure } = await report(declared);
    for (const title of ['V(x)', 'ρ(x)', 'prediction ρᴺᴺ']) expect(figure).toContain(`>${title}</text>`);
    const ticks = [...figure.matchAll(/>(−?\d\.\d)<\/text>/g)].map(([, tick]) => tick);
    expect(ticks).toContain('−1.0');
  });

  it('takes scale, preset and recipe of a cell from its file, whatever letters their names have', async () => {
    const [ours] = Object.values(PROBLEM.recipes);
    const rows = [{ recipe: 'ours' }, { recipe: 'my_recipe' }];
    const declared = await declarations({
      problem: {
        recipes: { ours, my_recipe: { ...ours, description: 'mine', batch: { size: 20 } } },
        scales: { very_quick: PROBLEM.scales.quick },
      },
      table: { varies: ['recipe'], common: { ...TABLE.common, channels: 1 }, rows },
    });
    await run(declared, { tables: ['1'], scale: 'very_quick' });
    const { markdown } = await report(declared);
    expect(markdown).toContain('Scale very\\_quick, preset paper');
    expect(markdown).toMatch(/\| my\\_recipe /);
    await mkdir(join(declared.results, 'shifts'));
    for (const name of ['.DS_Store', 'tiny.json.tmp']) await writeFile(join(declared.results, 'shifts', name), '\0');
    expect((await report(declared)).markdown).toBe(markdown);
    await writeFile(join(declared.results, 'cells', 'tiny.json'), '{"name": 3}');
    await expect(report(declared)).rejects.toThrow('tiny.json: name is 3');
  });

  it('has no section of a study that has nothing to compare yet, but says what it lacks', async () => {
    const declared = await declarations({ files: { 'tables/study.json': { ...TABLE, title: 'a study of channels' } } });
    await run(declared, { tables: ['study'], only: ['channels=2'] });
    const { markdown } = await report(declared);
    expect(markdown).not.toContain('## a study of channels');
    expect(markdown).toMatch(/\| +1 \| .* \| npx dyadic reproduce --table study --scale quick --preset paper/);
    await run(declared, { tables: ['study'] });
    expect((await report(declared)).markdown).toContain('## a study of channels');
  });

  it('says what a constant would give for the same data, and of how many networks the entries are', async () => {
    const declared = await kohnSham(20);
    const command = 'npx dyadic reproduce --constants';
    await run(declared, { figures: ['8'] });
    expect((await report(declared)).markdown).toContain(command);
    expect((await report(declared)).markdown).toMatch(/\| tiny +\| localized \| quick \| +1 of 2 \| +1 \|/);
    const { parts } = await run(declared, { constants: true });
    const [row] = parts.flatMap((part) => (part.type === 'constants' ? part.constants : []));
    // Two electrons on a length of 2.
    expect(row!.value).toBeCloseTo(1, 3);
    expect(row!.mean).toBeGreaterThan(0.1);
    expect(row!.mean).toBeLessThan(1);
    const { markdown } = await report(declared);
    expect(markdown).toContain('## Baseline: a constant prediction');
    expect(markdown).not.toContain(command);
    expect((await run(declared, { constants: true })).events).toEqual([]);
  });
});
