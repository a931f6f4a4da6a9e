import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
/** Packages whose sources docs/extending.md changes, and those built from them, in the order of the build. */
const CHANGED = [
  'mnn',
  'engine-wasm',
  'engine-tensorflow',
  'engine-webgpu',
  'training',
  'hmatrix',
  'interchange',
  'pipeline',
];

let copy: string;
let page: string;

/** A copy of the packages with all changes of docs/extending.md in it, built. */
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'dyadic-extending-'));
  await copyWorkspace();
  page = await readFile(join(ROOT, 'docs/extending.md'), 'utf8');
  for (const [, block] of page.matchAll(/^```diff\n(.*?)^```$/gms)) await applyDiff(block!);
  for (const name of CHANGED) {
    await run('npm', ['run', 'build', '--silent'], { cwd: join(copy, 'packages', name) }).catch((error) => {
      throw new Error(`${name} does not build:\n${error.stdout}${error.stderr}`);
    });
  }
}, 600_000);

afterAll(() => rm(copy, { recursive: true, force: true }));

/** Everything that is installed here is linked, but for the packages of this repository. */
async function copyWorkspace(): Promise<void> {
  await mkdir(join(copy, 'node_modules/@dyadic'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== '@dyadic') await symlink(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
  }
  const skipped = /\/(node_modules|test)$/;
  await cp(join(ROOT, 'packages'), join(copy, 'packages'), { recursive: true, filter: (path) => !skipped.test(path) });
  for (const file of ['tsconfig.base.json', 'scripts/embed.mjs']) await cp(join(ROOT, file), join(copy, file));
  for (const kind of ['problems', 'tables', 'figures', 'shifts']) {
    await cp(join(ROOT, 'apps/reproduce', kind), join(copy, 'apps/reproduce', kind), { recursive: true });
  }
  for (const name of await readdir(join(ROOT, 'datasets'))) {
    const recipe = join('datasets', name, 'dataset.json');
    await cp(join(ROOT, recipe), join(copy, recipe));
  }
  for (const name of await readdir(join(copy, 'packages'))) {
    await symlink(join(copy, 'packages', name), join(copy, 'node_modules/@dyadic', name));
    const own = join(ROOT, 'packages', name, 'node_modules');
    if ((await readdir(own).catch(() => [])).length > 0)
      await symlink(own, join(copy, 'packages', name, 'node_modules'));
  }
}

/** Applies one block: `+++ file`, then lines that are there, that go, and that come. */
async function applyDiff(block: string): Promise<void> {
  for (const part of block.split(/^\+\+\+ /m).slice(1)) {
    const [name, ...lines] = part.trimEnd().split('\n');
    const path = join(copy, name!);
    const before = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
    const after = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
    if (before.length === 0) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${after.join('\n')}\n`);
      continue;
    }
    const text = await readFile(path, 'utf8');
    const found = text.split(before.join('\n'));
    expect(found, `docs/extending.md: lines of ${name} that are there once`).toHaveLength(2);
    await writeFile(path, found.join(after.join('\n')));
  }
}

/** What a program prints that sees the extended packages. */
async function printed(program: string): Promise<string> {
  const file = join(copy, 'program.mjs');
  await writeFile(file, program);
  return (await run(process.execPath, [file], { cwd: copy })).stdout;
}

describe('every change of docs/extending.md, followed in a copy', () => {
  it('activation, output stage, loss: the engines agree with the reference on networks that use them', async () => {
    const stdout = await printed(`
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { wasmEngine } from '@dyadic/engine-wasm';
import { tensorflowEngine } from '@dyadic/engine-tensorflow';
const engines = [await wasmEngine({ threads: 1 }), await tensorflowEngine({ backend: 'cpu' })];
const cases = conformanceCases('pairs');
const text = (one) => JSON.stringify([one.network, one.loss]);
for (const word of ['sigmoid', 'probability', 'absolute-error']) {
  const some = cases.filter((one) => text(one).includes(word)).slice(0, 12);
  for (const engine of engines) for (const one of some) await checkConformance(engine, one);
  console.log(word, some.length);
}
process.exit(0);`);
    expect(stdout).toMatch(/sigmoid 12\nprobability 12\nabsolute-error 12\n/);
  }, 300_000);

  it('the shaders of engine-webgpu have the activation too', async () => {
    const file = join(copy, 'packages/engine-webgpu/dist/shaders/activations.js');
    const { ACTIVATION_SHADERS } = await import(file);
    expect(ACTIVATION_SHADERS).toMatch(/case \d+u: \{ return \(f32\(0\.5\) \* \(f32\(1\) \+ hyperbolicTangent\(/);
  });

  it('optimizer: a plan names it, and its options are checked', async () => {
    const stdout = await printed(`
import { wasmEngine } from '@dyadic/engine-wasm';
import { mnn } from '@dyadic/mnn';
import { prepareSamples, requirePlan, train } from '@dyadic/training';
const network = mnn({ points: 16, levels: 2, channels: 2, kernelLayers: 1, activation: 'sigmoid' });
const inputs = Float32Array.from({ length: 16 * 16 }, (_, i) => Math.sin(i) + 2);
const units = { input: { shift: 0, scale: 1 }, output: { shift: 0, scale: 1 } };
const samples = prepareSamples(network, { count: 16, inputs, targets: inputs }, units);
const session = await (await wasmEngine({ threads: 1 })).open(network);
const plan = { epochs: 20, batchSize: 8, seed: 1, optimizer: { name: 'momentum' }, schedule: { learningRate: 0.01 } };
const { history } = await train({ network, session, train: samples, validation: samples, plan });
console.log(history.at(-1).validation < history[0].validation);
try { requirePlan(network, { ...plan, optimizer: { name: 'momentum', beta: 1 } }); } catch (error) { console.log(error.message); }
session.close();`);
    expect(stdout).toBe('true\noptimizer.beta is 1; expected a finite number below 1\n');
  }, 60_000);

  it('engine, format, and options of experiments: names and their meanings', async () => {
    const rows = Buffer.alloc(12 + 8 * 6);
    rows.write('ROWS', 'latin1');
    rows.writeUInt32LE(3, 4);
    rows.writeUInt32LE(2, 8);
    for (let i = 0; i < 6; i++) rows.writeDoubleLE(i / 2, 12 + 8 * i);
    await writeFile(join(copy, 'some.rows'), rows);
    const stdout = await printed(`
import { openForeign } from '@dyadic/interchange';
import { ENGINES, jsonSchemas, optionsPage } from '@dyadic/pipeline';
const file = await openForeign('some.rows');
console.log(file.format, file.array('rows').shape.join(), [...(await file.array('rows').read(1, 2))].join());
await file.close();
console.log(ENGINES.includes('serial'));
const page = optionsPage('', '', jsonSchemas());
console.log(['sigmoid: 1 / (1 + e^−z)', 'probability: positive', '"absolute-error"', 'momentum: β, decay'].map((text) => page.includes(text)).join());`);
    expect(stdout).toBe('rows 3,2 1,1.5,2,2.5\ntrue\ntrue,true,true,true\n');
  }, 60_000);

  it('structure: the program of the page makes a network that the engine and the reference agree on', async () => {
    const section = page.slice(page.indexOf('## A structure of networks'));
    const [, program] = /^```js\n(.*?)^```$/ms.exec(section)!;
    expect(await printed(`${program}process.exit(0);`)).toBe('268\n'); // (3·4 + 1) 6 + (3·6 + 1) 6 + (3·6 + 1) 4
  }, 60_000);

  it('table and figure of a paper: declared, and listed with the numbers of the paper', async () => {
    const stdout = await printed(`
import { readDeclarations, reproduce } from '@dyadic/reproduction';
const declarations = await readDeclarations('apps/reproduce');
console.log(declarations.figures['few-channels'].cells[0].channels);
const request = { tables: ['few-channels'], figures: ['few-channels'], scale: 'quick', list: true };
for await (const part of reproduce(declarations, 'results', request, { engine: 'wasm' })) {
  if (part.type === 'cells') console.log(part.cells.length, 'cells');
  else if (part.type === 'table') console.log(part.table.caption, JSON.stringify(part.table.rows));
}`);
    expect(stdout).toMatch(/^2\n/);
    expect(stdout).toMatch(/NLSE 1D, the smallest and the largest network of Table 2 .*0\.0004,.*0\.00015,/);
    expect(stdout).toMatch(/^2 cells$/m);
  }, 60_000);

  it('no section has more than five steps', () => {
    for (const section of page.split(/^## /m)) {
      const steps = section.match(/^\d+\. /gm) ?? [];
      expect(steps.length, section.split('\n')[0]).toBeLessThanOrEqual(5);
    }
  });
});
