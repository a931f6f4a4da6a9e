import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, openDataset } from '@dyadic/dataset';
import { loadModelSync, readCheckpoint, writeCheckpoint } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { dyadic, KOHN_SHAM, workspace } from './fixtures.js';

const N = 64;

const values = async (folder: string, name: string) => {
  const dataset = await openDataset(folder);
  return (await dataset.read([name]))[name] as Float32Array;
};

/** A trained network with its data. */
async function trained(changes: Parameters<typeof workspace>[0] = {}) {
  const space = await workspace(changes);
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
    const { space, run, data, predicted } = await trained();
    const expected = await predicted(data, 'b');
    expect(await predicted(data, 'b')).toEqual(expected); // up to date
    const model = loadModelSync(await readFile(join(run, 'checkpoint.safetensors')));
    expect(model.predict(await values(data, 'potential'))).toEqual(expected);
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

  it('refuses what the network cannot take, naming the file', async () => {
    const { space, run } = await trained();
    const folder = join(space.root, 'bad');
    await mkdir(folder);
    const well = (strength: number) => ({ variance: 0.003, wells: [{ strength, center: [0] }] });
    const [good, deepWell] = [well(2), well(1e300)];
    const flatWell = { variance: 0.003, wells: [{ strength: 1, center: [0, 0] }] };
    const refused = [
      ['missing.arrow', null, 'missing.arrow: does not exist'],
      ['a.docx', 'x', 'a.docx: has an unknown format'],
      ['short.csv', '1,5,3\n1,5,3\n', "short.csv: 'short' has shape (2, 3); expected samples of 64 numbers"],
      ['word.csv', `${'1,'.repeat(63)}x\n`, "word.csv: line 1 has 'x' in column 64; expected a finite number"],
      [
        'large.csv',
        `${'1,'.repeat(63)}1\n1,1e39${',1'.repeat(62)}\n`,
        "large.csv: 'large' has 1e+39 at row 1, entry 1 (counted from 0); expected",
      ],
      ['deep.json', JSON.stringify({ equation: 'nlse', samples: [deepWell] }), 'deep.json: samples.0 gives a field'],
      ['wrong.json', JSON.stringify({ equation: 'kohn-sham', samples: [good] }), 'wrong.json: equation is'],
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
    // Nothing of the refused calls is in the way of a good one.
    const file = join(folder, 'good.json');
    const rest = ['-i', file, '-o', join(folder, 'out')];
    await writeFile(file, JSON.stringify({ equation: 'nlse', samples: [good] }));
    const wild = join(folder, 'wild.safetensors');
    const checkpoint = await readCheckpoint(join(run, 'checkpoint.safetensors'));
    checkpoint.state.best.fill(1e20);
    await writeCheckpoint(wild, checkpoint);
    expect(await dyadic('predict', wild, ...rest)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/good\.json: sample 0 gets a prediction that is not finite/),
    });
    expect((await dyadic('predict', run, ...rest, '--engine', 'abacus')).code).toBe(2);
    expect(await dyadic('predict', run, ...rest)).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('note:'),
    });
  });

  it('takes wells for potentials of the recipe that the network was trained on, and says so where it cannot', async () => {
    const recipe = { ...KOHN_SHAM, potential: { preset: 'localized', wells: 2, depth: 30 } };
    const { space, run, data } = await trained({ recipe, experiment: { output: 'density' } });
    const dataset = await openDataset(data);
    const { variance, strengths, centers } = await dataset.read(['variance', 'strengths', 'centers'], 0, 1);
    const wells = [0, 1].map((i) => ({ strength: strengths[i], center: [centers[i]] }));
    const [file, out] = [join(space.root, 'wells.json'), join(space.root, 'out')];
    const document = { equation: 'kohn-sham', samples: [{ variance: variance[0], wells }] };
    const predict = async (changes: object, from: string) => {
      await writeFile(file, JSON.stringify({ ...document, ...changes }));
      await rm(out, { recursive: true, force: true });
      const { code, stderr } = await dyadic('predict', from, '-i', file, '-o', out);
      expect(code).toBe(0);
      return { stderr, potential: await values(out, 'potential') };
    };
    const expected = (await values(data, 'potential')).subarray(0, N);
    const { stderr, potential } = await predict({}, run);
    expect(stderr).not.toContain('note:');
    expect(Array.from(potential)).toEqual(Array.from(expected, (value) => expect.closeTo(value, 4)));

    const other = await predict({ preset: 'paper' }, run);
    expect(other.stderr).toMatch(/note: .*wells\.json: preset is 'paper'; the network was trained on 'localized'/);
    expect(other.potential[20]! * 30).toBeCloseTo(expected[20]!, 3);

    const path = join(run, 'checkpoint.safetensors');
    const checkpoint = await readCheckpoint(path);
    const { problem, ...origin } = checkpoint.origin as Record<string, Json>;
    expect(problem).toMatchObject({ equation: 'kohn-sham', potential: { preset: 'localized', depth: 30 } });
    const old = join(space.root, 'old.safetensors');
    await writeCheckpoint(old, { ...checkpoint, origin });
    const assumed = await predict({}, old);
    expect(assumed.stderr).toMatch(/note: .*old\.safetensors does not say.*kohn-sham.*'paper'/);
    expect(assumed.potential).toEqual(other.potential);

    // The run goes on from a checkpoint of before as from its own.
    await writeCheckpoint(path, { ...checkpoint, origin });
    expect(await dyadic('train', space.app)).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') });
    expect((await dyadic('evaluate', space.app)).code).toBe(0);
  });

  it('refuses a dataset of another equation', async () => {
    const { space, run } = await trained();
    const { data } = await workspace({ recipe: KOHN_SHAM });
    await dyadic('generate', data);
    const { code, stderr } = await dyadic(
      'predict',
      run,
      '-i',
      join(data, 'data/quick'),
      '-o',
      join(space.root, 'out'),
    );
    expect(stderr).toContain("equation is 'kohn-sham'; the network was trained on 'nlse'");
    expect(code).toBe(1);
  });
});
