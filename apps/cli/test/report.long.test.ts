import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declarations, events, kohnSham, PROBLEM, report, TABLE } from './declarations.js';
import { dyadic } from './fixtures.js';

describe('dyadic report', () => {
  it('writes tables, figures and what is missing from the cells alone, the same bytes each time', async () => {
    const declared = await declarations();
    await dyadic(...declared.reproduce('--figure', '8', '--shift', 'tiny'));
    const { markdown, html, figure } = await report(declared);
    expect(markdown).toContain('dyadic reproduce --table 1 --scale quick --preset paper --seeds 1');
    expect(markdown).toContain('](figures/figure-8-1.svg)');
    expect(markdown).toContain('three wells');
    expect(html).toContain(figure.trim());
    expect(await report(declared)).toEqual({ markdown, html, figure });
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
    await dyadic(...declared.reproduce('--table', '1', '--scale', 'very_quick'));
    const { markdown } = await report(declared);
    expect(markdown).toContain('very\\_quick, preset paper');
    expect(markdown).toMatch(/\| my\\_recipe /);
    await mkdir(join(declared.results, 'shifts'));
    for (const name of ['.DS_Store', 'tiny.json.tmp']) await writeFile(join(declared.results, 'shifts', name), '\0');
    expect((await report(declared)).markdown).toBe(markdown);
    await writeFile(join(declared.results, 'cells', 'tiny.json'), '{"name": 3}');
    const { stderr, code } = await dyadic('report', declared.root, '--results', declared.results);
    expect(stderr).toContain('tiny.json: name is 3');
    expect(code).toBe(1);
  });

  it('has no section of a study that has nothing to compare yet, but says what it lacks', async () => {
    const declared = await declarations({ files: { 'tables/study.json': { ...TABLE, title: 'a study of channels' } } });
    await dyadic(...declared.reproduce('--table', 'study', '--only', 'channels=2'));
    const { markdown } = await report(declared);
    expect(markdown).not.toContain('## a study of channels');
    expect(markdown).toMatch(
      /a study of channels: quick.*1 of 2 entries.*dyadic reproduce --table study --scale quick/,
    );
    await dyadic(...declared.reproduce('--table', 'study'));
    expect((await report(declared)).markdown).toContain('## a study of channels');
  });

  it('says what a constant would give for the same data, and of how many networks the entries are', async () => {
    const declared = await kohnSham(20);
    const command = 'dyadic reproduce --constants';
    await dyadic(...declared.reproduce('--figure', '8'));
    expect((await report(declared)).markdown).toContain(command);
    expect((await report(declared)).markdown).toContain('1 of 2 entries of the paper’s tables are done, by 1 network.');
    const { stdout, code } = await dyadic(...declared.reproduce('--constants', '--json'));
    expect(code).toBe(0);
    const [row] = events(stdout).find(({ constants }) => constants).constants;
    // Two electrons on a length of 2.
    expect(row.value).toBeCloseTo(1, 3);
    expect(row.mean).toBeGreaterThan(0.1);
    expect(row.mean).toBeLessThan(1);
    const { markdown } = await report(declared);
    expect(markdown).toContain('## What a constant would give');
    expect(markdown).not.toContain(command);
    expect((await dyadic(...declared.reproduce('--constants'))).stderr).toBe('');
  });
});
