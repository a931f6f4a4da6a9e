import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem, SolverRevision } from '@dyadic/pipeline';
import { describe, expect, it } from 'vitest';
import { resolveCell } from '../src/cell.js';
import { readDeclarations } from '../src/declarations.js';
import type { Entry } from '../src/look-up.js';
import { entriesOf, findTables } from '../src/report/found.js';
import { ResultStore } from '../src/result.js';
import { earlierRecipes } from '../src/revisions.js';
import { cellResult } from './cell-result.js';
import { type Declared, declarations, listed, report, run, TABLE } from './declarations.js';

const recipe = { generator: { name: 'p', version: '5' }, seed: 1 } as unknown as Parameters<
  typeof earlierRecipes
>[0]['recipe'];
const known = (revisions: SolverRevision[]) => earlierRecipes({ recipe, problem: { revisions } as unknown as Problem });
const step = (revision: number, difference: number | null) => ({ revision, change: '', difference });

describe('earlier revisions of a solver', () => {
  it('are comparable as far back as each step is bounded, and their bounds add up', () => {
    const earlier = known([step(1, null), step(2, 1e-9), step(3, null), step(4, 1e-12), step(5, 1e-10)]);
    expect(earlier.map(({ recipe: { generator } }) => generator.version)).toEqual(['4', '3']);
    expect(earlier.map(({ difference }) => difference)).toEqual([1e-10, 1e-10 + 1e-12]);
    expect(known([step(4, 1e-9), step(5, null)])).toEqual([]);
    expect(known([])).toEqual([]);
  });
});

/** Keeps a result of the table's first entry, as the revision before the present one would have made it. */
async function keepEarlier({ root, results }: Declared): Promise<{ name: string; earlierName: string }> {
  const { common, rows } = TABLE;
  const values = { ...common, channels: rows[0]!.channels };
  const choices = { scale: 'quick', preset: 'paper', seed: 1, engine: 'wasm' } as const;
  const cell = await resolveCell(await readDeclarations(root), 'tiny', values, choices);
  const [earlier] = cell.earlier;
  expect(earlier!.key).not.toBe(cell.key);
  const dataset = { checksum: '', generator: '@dyadic/nlse', revision: '3' };
  await new ResultStore(results).save(cellResult(cell.spec, { name: earlier!.name, key: earlier!.key, dataset }));
  return { name: cell.name, earlierName: earlier!.name };
}

describe('a result of an earlier revision', () => {
  it('counts as done, and the page says of which revision it is and by how much samples differ', async () => {
    const declared = await declarations();
    const { name } = await keepEarlier(declared);
    expect((await listed(declared, { tables: ['1'] })).filter((line) => line.startsWith('done'))).toEqual([
      `done ${name}`,
    ]);
    const { markdown } = await report(declared);
    expect(markdown).toContain('data of revision 3 of the solver');
    expect(markdown).toContain('All 1 networks learned data of an earlier revision of their solver.');
    expect(markdown).toContain('at most 1.00e-11 of the network’s test error'); // 1e-14 of 1e-3
    expect(markdown).toMatch(/\| @dyadic\/nlse \| +3 \| +1 \| +4 \| 4: exp, log/);
  });

  it('is recomputed only when asked, and then stands beside the new one, which is shown', async () => {
    const declared = await declarations();
    const { name, earlierName } = await keepEarlier(declared);
    expect((await run(declared, { tables: ['1'], only: ['channels=1'] })).computed).toEqual([]);
    const again = await run(declared, { tables: ['1'], only: ['channels=1'], recompute: true });
    expect(again.computed).toEqual([name]);
    expect((await readdir(join(declared.results, 'cells'))).sort()).toEqual(
      [`${earlierName}.json`, `${name}.json`].sort(),
    );
    const { markdown } = await report(declared);
    expect(markdown).toContain('All 1 networks learned data of the present revision of their solver.');
    expect(markdown).toContain('data of revision 4 of the solver');
    expect((await run(declared, { tables: ['1'], only: ['channels=1'], recompute: true })).computed).toEqual([]);
  });

  it('of this repository is found, every one, though the solvers went on', async () => {
    const root = fileURLToPath(new URL('../../../apps/reproduce', import.meta.url));
    const folder = join(root, '../../docs/results');
    const store = new ResultStore(folder);
    const declarations = await readDeclarations(root);
    const found = await findTables(declarations, store, await store.specs());
    // What a preferred recipe has replaced is there to be compared with.
    const rowsOf = (entries: readonly Entry[]) => entries.map(({ values }) => ({ recipe: 'ours', ...values }));
    const replaced = found.filter(({ file }) => declarations.problems[file.problem]!.preferred.length > 0);
    const before = await Promise.all(
      replaced.map(({ file, group, entries }) => entriesOf(declarations, store, file.problem, rowsOf(entries), group)),
    );
    const results = [...found.map(({ entries }) => entries), ...before].flatMap((entries) =>
      entries.flatMap(({ seeds }) => seeds.flatMap((s) => s.result ?? [])),
    );
    const files = await readdir(join(folder, 'cells'));
    expect(new Set(results.map(({ key }) => key)).size).toBe(files.length);
  });
});
