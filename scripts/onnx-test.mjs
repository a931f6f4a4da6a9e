/**
 * Whether Python takes what we write: `npm run test:onnx [-- --python <program>] [-- --all]`.
 *
 * Exports the networks of the conformance suite (`--all`: every one of some 7,400; else a part in which all options meet) as
 * ONNX files, has each checked by ONNX's own checker and run by onnxruntime, and holds the results against the float64 reference
 * to 1e-5. Then trains each of the four experiments for a moment and compares its ONNX file in Python with `dyadic predict`, and
 * the checkpoint as the NumPy snippet of docs/runs.md reads it with what we read. Installs onnx, onnxruntime and numpy into a
 * virtual environment in the folder of temporary files unless it is given a Python that has them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { openDataset } from '@dyadic/dataset';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { encodeOnnx } from '@dyadic/onnx';
import { readCheckpoint } from '@dyadic/training';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DYADIC = join(ROOT, 'apps/cli/bin/dyadic.js');
const EXPERIMENTS = ['nlse-1d', 'nlse-2d', 'kohn-sham-1d', 'kohn-sham-2d'];
const TOLERANCE = 1e-5;

const { values: options } = parseArgs({
  options: { python: { type: 'string' }, all: { type: 'boolean', default: false } },
});
const python = options.python ?? installed(join(tmpdir(), 'dyadic-onnx-venv'));
const root = mkdtempSync(join(tmpdir(), 'dyadic-onnx-'));
let failures = 0;
const model = join(root, 'model.onnx');
const peer = openPeer();
try {
  await networks();
  for (const name of EXPERIMENTS) await experiment(name);
} finally {
  peer.close();
  rmSync(root, { recursive: true, force: true });
}
console.log(failures === 0 ? 'passed' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

/** Every network of the suite, as an engine that Python computes for. */
async function networks() {
  const open = async (network) => ({
    predict: async (parameters, samples) => {
      const named = (letter, count) =>
        Array.from({ length: count }, (_, c) => ({ name: `${letter}${c}`, shift: 0, scale: 1 }));
      const [inputs, outputs] = [named('x', network.inputs), named('f', network.outputs)];
      writeFileSync(model, encodeOnnx({ network, parameters, inputs, outputs }));
      const names = (fields) => fields.map(({ name }) => name);
      const task = { model, inputs: names(inputs), outputs: names(outputs), shape: network.shape };
      return peer.run(task, samples);
    },
    load: () => ({ count: 0 }),
    lossAndGradient: async () => 0,
    close() {},
  });
  const engine = { name: 'onnxruntime in Python', description: '', open };
  const cases = conformanceCases(options.all ? 'all' : 'pairs');
  const onlyValues = { values: TOLERANCE, loss: Number.POSITIVE_INFINITY, gradient: Number.POSITIVE_INFINITY };
  let right = 0;
  for (const one of cases) {
    await checkConformance(engine, one, onlyValues).then(() => right++, report);
  }
  console.log(
    `${right} of ${cases.length} networks are valid ONNX and agree with the float64 reference to ${TOLERANCE}`,
  );
}

/** An experiment with its own network on a few samples: its ONNX file beside `dyadic predict`, its checkpoint in NumPy. */
async function experiment(name) {
  const [data, app] = [join(root, name, 'data'), join(root, name, 'app')];
  for (const folder of [data, app]) mkdirSync(folder, { recursive: true });
  const read = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  const recipe = read(`datasets/${name}/dataset.json`);
  const { profiles, ...rest } = read(`apps/${name}/experiment.json`);
  const training = { ...profiles.quick.training, epochs: 3 };
  const few = { samples: 60, shardRows: 20 };
  const splits = { train: 40, validation: 10, test: 10 };
  writeFileSync(join(data, 'dataset.json'), JSON.stringify({ ...recipe, profiles: { quick: few } }));
  const document = { ...rest, $schema: undefined, dataset: data, profiles: { quick: { splits, training } } };
  writeFileSync(join(app, 'experiment.json'), JSON.stringify(document));
  dyadic('generate', data);
  dyadic('train', app, '--engine', 'wasm');
  const run = join(app, 'runs/quick');
  const { inputs, outputs } = JSON.parse(dyadic('export', run, '--format', 'onnx', '--out', model, '--json'));
  const predicted = join(root, name, 'predicted');
  dyadic('predict', run, '--input', join(data, 'data/quick'), '--out', predicted, '--engine', 'wasm');
  const dataset = await openDataset(predicted);
  const [input, output] = [...inputs, ...outputs];
  const { [input]: given, [output]: expected } = await dataset.read([input, output]);
  const { shape } = dataset.recipe.fields.find((field) => field.name === input);
  const found = await peer.run({ model, inputs, outputs, shape }, given).catch(report);
  if (found) {
    const difference = largestDifference(found, expected, expected.length / dataset.samples);
    console.log(
      `${name}: ONNX in Python and dyadic predict differ by ${difference.toExponential(1)} of a sample's largest`,
    );
    if (!(difference <= TOLERANCE)) failures++;
  }
  await numpySnippet(name, join(run, 'checkpoint.safetensors'));
}

/** What the snippet of docs/runs.md returns, against what this program reads. */
async function numpySnippet(name, path) {
  const { state, normalizers } = await readCheckpoint(path);
  const page = readFileSync(join(ROOT, 'docs/runs.md'), 'utf8');
  const [, snippet] = /```python\n(# A checkpoint[\s\S]*?)```/.exec(page);
  const report = `
import json
description, tensors = read_checkpoint(${JSON.stringify(path)})
print(json.dumps([description["epoch"], description["normalizers"], tensors["best"].tolist(), tensors["history/loss"].tolist()]))`;
  const { status, stdout, stderr } = spawnSync(python, ['-c', snippet + report], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const expected = [state.epoch, normalizers, Array.from(state.best), state.history.map(({ loss }) => loss)];
  const isSame = status === 0 && isDeepStrictEqual(JSON.parse(stdout.trim().split('\n').at(-1)), expected);
  console.log(`${name}: the snippet reads the checkpoint ${isSame ? 'as it is' : `otherwise: ${stderr.slice(-500)}`}`);
  if (!isSame) failures++;
}

/** A Python process that checks and runs models: scripts/onnx_peer.py. */
function openPeer() {
  const child = spawn(python, [join(ROOT, 'scripts/onnx_peer.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(task, numbers) {
      const file = join(root, 'numbers.bin');
      writeFileSync(file, numbers);
      child.stdin.write(`${JSON.stringify({ ...task, file })}\n`);
      const { value, done } = await lines.next();
      const answer = done ? 'Python has ended' : value;
      if (answer !== 'ok') throw new Error(answer);
      return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
    },
    close: () => child.stdin.end(),
  };
}

function report(error) {
  failures++;
  console.log(error.message);
}

/** Most |a − b| of a sample, relative to the largest |b| of the same. */
function largestDifference(a, b, size) {
  if (a.length !== b.length) return Number.NaN;
  let most = 0;
  for (let first = 0; first < b.length; first += size) {
    const largest = b.subarray(first, first + size).reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    for (let i = first; i < first + size; i++) most = Math.max(most, Math.abs(a[i] - b[i]) / largest);
  }
  return most;
}

/** Runs the command; returns its last line. */
function dyadic(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DYADIC, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`dyadic ${args.join(' ')} failed: ${stderr}${stdout}`);
  return stdout.trim().split('\n').at(-1);
}

/** The python of a virtual environment that has the packages. */
function installed(folder) {
  const program = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const run = (command, args) => {
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  };
  if (!existsSync(program)) run('python3', ['-m', 'venv', folder]);
  run(program, ['-m', 'pip', 'install', '--quiet', 'onnx', 'onnxruntime', 'numpy']);
  return program;
}
