import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { describe, expect, it } from 'vitest';
import { dyadic, workspace } from './fixtures.js';

const N = 64;

const values = async (folder: string, name: string) => {
  const dataset = await openDataset(folder);
  return (await dataset.read([name]))[name] as Float32Array;
};

/** A trained network with its data. */
async function trained() {
  const space = await workspace();
  const [run, data] = [join(space.app, 'runs/quick'), join(space.data, 'data/quick')];
  await dyadic('generate', space.data);
  await dyadic('train', space.app);
  /** The predicted column of a call, which must succeed. */
  const predicted = async (potentials: string, out: string) => {
    const { stderr, code } = await dyadic('predict', run, '-i', potentials, '-o', join(space.root, out));
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    return values(join(space.root, out), 'solution');
  };
  return { space, run, data, predicted };
}

describe('dyadic predict', () => {
  it('predicts a dataset with the errors that evaluate finds', async () => {
    const { space, data, predicted } = await trained();
    const { stdout } = await dyadic('evaluate', space.app, '--json');
    const { splits } = JSON.parse(stdout.trim().split('\n').at(-1)!);
    const [found, solution] = [await predicted(data, 'a'), await values(data, 'solution')];
    const error = (s: number) => {
      let [difference, norm] = [0, 0];
      for (let i = s * N; i < (s + 1) * N; i++) {
        difference += (found[i]! - solution[i]!) ** 2;
        norm += solution[i]! ** 2;
      }
      return Math.sqrt(difference / norm);
    };
    const mean = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => error(first + i)).reduce((sum, e) => sum + e, 0) / count;
    expect(mean(0, 40)).toBeCloseTo(splits.train.mean, 6);
    expect(mean(52, 12)).toBeCloseTo(splits.test.mean, 6);
  });

  it('takes an Arrow file, CSV and wells, and finds the same', async () => {
    const { space, data, predicted } = await trained();
    const expected = await predicted(data, 'b');
    expect(await predicted(data, 'b')).toEqual(expected); // up to date
    expect(await predicted(join(data, 'shard-00000.arrow'), 'c')).toEqual(expected.subarray(0, 8 * N));

    const potential = await values(data, 'potential');
    const csv = join(space.root, 'some.csv');
    await writeFile(csv, `${potential.subarray(0, N).join(',')}\n${potential.subarray(N, 2 * N).join(', ')}\n`);
    expect(await predicted(csv, 'd')).toEqual(expected.subarray(0, 2 * N));

    const dataset = await openDataset(data);
    const { variance, strengths, centers } = await dataset.read(['variance', 'strengths', 'centers'], 0, 1);
    const wells = [0, 1].map((i) => ({ strength: strengths[i], center: [centers[i]] }));
    const json = join(space.root, 'wells.json');
    await writeFile(json, JSON.stringify({ equation: 'nlse', samples: [{ variance: variance[0], wells }] }));
    const found = await predicted(json, 'e');
    for (let i = 0; i < N; i++) expect(found[i]).toBeCloseTo(expected[i]!, 5);
  });

  it('refuses what the network can not take, naming the file', async () => {
    const { space, run } = await trained();
    const folder = join(space.root, 'bad');
    await mkdir(folder);
    const flatWell = { variance: 0.003, wells: [{ strength: 1, center: [0, 0] }] };
    const refused = [
      ['missing.arrow', null, 'missing.arrow: does not exist'],
      ['a.txt', 'x', 'a.txt: is of no known kind'],
      ['short.csv', '1,2,3\n', 'short.csv: row 1 has 3 numbers; expected 64'],
      ['word.csv', `${'1,'.repeat(63)}x\n`, 'word.csv: row 1 has a number that is not finite'],
      ['broken.arrow', 'no arrow', 'broken.arrow: '],
      [
        'flat.json',
        JSON.stringify({ equation: 'nlse', samples: [flatWell] }),
        'samples.0 has a center of 2 coordinates',
      ],
      ['none.json', JSON.stringify({ equation: 'nlse', samples: [] }), 'none.json: samples is []'],
    ] as const;
    for (const [name, content, message] of refused) {
      if (content !== null) await writeFile(join(folder, name), content);
      const { code, stderr } = await dyadic('predict', run, '-i', join(folder, name), '-o', join(folder, 'out'));
      expect(stderr).toContain(message);
      expect(code).toBe(1);
    }
  });
});
