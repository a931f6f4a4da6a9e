import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Everything that is published: the packages that are not private, and the command. */
async function published(): Promise<{ name: string; folder: string }[]> {
  const packages = (await readdir(join(ROOT, 'packages'))).map((name) => join(ROOT, 'packages', name));
  const all = await Promise.all(
    [...packages, join(ROOT, 'apps/cli')].map(async (folder) => {
      const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      return { name: manifest.name as string, folder, isPrivate: manifest.private === true };
    }),
  );
  return all.filter(({ isPrivate }) => !isPrivate);
}

const packages = await published();
let project: string;

/** A plain project outside this repository with the packed tarballs installed. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'dyadic-packaging-'));
  const tarballs = join(project, 'tarballs');
  await mkdir(tarballs);
  const pack = ['pack', '--silent', '--pack-destination', tarballs, ...packages.map(({ folder }) => folder)];
  await run('npm', pack, { cwd: ROOT });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'plain', private: true, type: 'module' }));
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
  const flags = ['--prefer-offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  await run('npm', ['install', ...flags, ...files], { cwd: project });
}, 300_000);

afterAll(() => rm(project, { recursive: true, force: true }));

describe('npm pack tarballs in a plain project', () => {
  it('hold code, declarations and a README, and no tests or build state', async () => {
    for (const { name, folder } of packages) {
      const installed = join(project, 'node_modules', name);
      const names = await readdir(installed);
      expect([name, ...names]).toEqual(expect.arrayContaining([name, 'README.md', 'dist', 'package.json']));
      expect(names).not.toContain('test');
      const { exports, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      expect(version).toMatch(/^\d+\.\d+\.\d+/);
      if (exports) await readFile(join(installed, exports['.'].types));
    }
  });

  it("`import { groundState } from '@dyadic/nlse'` solves", async () => {
    const script = `
import { groundState } from '@dyadic/nlse';
import { periodicGrid } from '@dyadic/spectral';
const { status, chemicalPotential } = groundState(new Float64Array(64).fill(1), periodicGrid({ dimension: 1, points: 64 }));
console.log(status, chemicalPotential.toFixed(6));`;
    await writeFile(join(project, 'solve.js'), script);
    const { stdout } = await run(process.execPath, ['solve.js'], { cwd: project });
    expect(stdout).toBe('converged 11.000000\n');
  });

  it('nothing but the index of a package can be imported', async () => {
    const script = `await import('@dyadic/spectral/dist/grid.js')`;
    const attempt = run(process.execPath, ['--input-type=module', '-e', script], { cwd: project });
    await expect(attempt).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it('the command runs, without those that reproduce the paper: they need the repository', async () => {
    const { stdout } = await run(join(project, 'node_modules/.bin/dyadic'), ['--help'], { cwd: project });
    expect(stdout).toMatch(/generate/);
    expect(stdout).not.toMatch(/reproduce/);
  });
});

describe('a problem of somebody else’s, in an empty folder', () => {
  const SETTINGS = ['--set', 'grid.points=16', '--set', 'samples=24', '--set', 'shardRows=6'];
  const dyadic = (...args: string[]) =>
    run(join(project, 'node_modules/.bin/dyadic'), args, { cwd: join(project, 'darcy') });

  /** The three files of the example, the network and its training made small. */
  async function copyExample(): Promise<void> {
    await mkdir(join(project, 'darcy'));
    for (const file of ['darcy.mjs', 'dataset.json', 'experiment.json']) {
      const text = await readFile(join(ROOT, 'examples/darcy', file), 'utf8');
      await writeFile(join(project, 'darcy', file), text);
    }
    const experiment = JSON.parse(await readFile(join(project, 'darcy/experiment.json'), 'utf8'));
    const { quick } = experiment.profiles;
    const network = { ...experiment.network, points: 16, levels: 2, channels: 2, kernelLayers: 1 };
    const splits = { train: 16, validation: 4, test: 4 };
    const profiles = { quick: { ...quick, splits, training: { ...quick.training, epochs: 2, batchSize: 4 } } };
    await writeFile(join(project, 'darcy/experiment.json'), JSON.stringify({ ...experiment, network, profiles }));
  }

  it('goes from generate to predict by the command, named once in dyadic.config.mjs', async () => {
    await copyExample();
    await writeFile(join(project, 'darcy/dyadic.config.mjs'), `export default { problems: ['./darcy.mjs'] };\n`);
    await dyadic('generate', '.', ...SETTINGS, '--out', 'data/quick');
    await dyadic('train', '.');
    expect((await dyadic('evaluate', '.')).stdout).toMatch(/test +4 /);
    expect(await readFile(join(project, 'darcy/runs/quick/report.html'), 'utf8')).toContain('<svg');
    await dyadic('predict', 'runs/quick', '--input', 'data/quick', '--out', 'predicted');
    expect((await dyadic('inspect', 'predicted')).stdout).toMatch(/24 samples/);
  });

  it('and by the library, to the same bytes', async () => {
    const script = `
import { evaluate, generate, loadProblem, openExperiment, openModel, problemsWith, resolveRecipe, train } from '@dyadic/pipeline';
const problems = problemsWith([await loadProblem('darcy.mjs')]);
const recipe = await resolveRecipe('.', 'quick', { 'grid.points': 16, samples: 24, shardRows: 6 }, problems);
const { manifest } = await generate(recipe, { out: 'library-data' });
const open = await openExperiment('.', { data: 'library-data', out: 'library-run' });
await train(open, { engine: 'wasm' });
const { evaluation } = await evaluate(open, { engine: 'wasm', problems });
const model = await openModel('library-run', { engine: 'wasm' });
const predicted = await model.predict(new Float32Array(256).fill(12));
model.close();
console.log(manifest.checksum, evaluation.splits.test.samples, predicted.length);`;
    await writeFile(join(project, 'darcy/library.mjs'), script);
    const { stdout } = await run(process.execPath, ['library.mjs'], { cwd: join(project, 'darcy') });
    const { checksum } = JSON.parse(await readFile(join(project, 'darcy/data/quick/manifest.json'), 'utf8'));
    expect(stdout).toBe(`${checksum} 4 256\n`);
    const [one, other] = await Promise.all(
      ['runs/quick', 'library-run'].map((folder) => readFile(join(project, 'darcy', folder, 'checkpoint.safetensors'))),
    );
    expect(one!.equals(other!)).toBe(true);
  });
});

describe('README examples run as they stand', () => {
  // That of the GPU engine needs a device (`npm run test:webgpu`).
  const elsewhere = ['@dyadic/cli', '@dyadic/engine-webgpu'];
  const libraries = packages.filter(({ name }) => !elsewhere.includes(name));
  it.each(libraries)('$name', async ({ name, folder }) => {
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!);
    expect(examples.length).toBeGreaterThan(0);
    for (const [i, example] of examples.entries()) {
      const file = join(project, `${name.replace(/\W/g, '-')}-${i}.mjs`);
      await writeFile(file, example);
      const { stdout, stderr } = await run(process.execPath, [file], { cwd: project });
      expect(stderr).toBe('');
      expect(stdout).not.toMatch(/NaN|undefined/);
    }
  });
});
