/**
 * docs/results/gpu/README.md: what a training step is on a GPU, as counted, what the data sheets of devices allow, and what
 * measure.mjs has measured.
 *
 *   npm run build && node scripts/gpu/page.mjs [--results docs/results/gpu]
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { dotFigure, table, tableMarkdown } from '@dyadic/report';
import { bounds, DEVICES, deviceOf } from '../../bench/roofline.mjs';
import { STEP_BATCH, trainingSteps } from '../../bench/steps.mjs';
import { idleGpu } from './idle-device.mjs';
import { PAPER, STRUCTURES, TABLE_11, TABLE_11_STEPS } from './networks.mjs';

const { values: options } = parseArgs({ options: { results: { type: 'string', default: 'docs/results/gpu' } } });
const SHOWN = ['H100', 'H200'].map((name) => deviceOf(name));

const engine = await webgpuEngine({ gpu: idleGpu() });
const networks = {
  ...PAPER,
  ...Object.fromEntries(Object.entries(TABLE_11).map(([name, network]) => [`Table 11, ${name}`, network])),
  ...STRUCTURES,
};
const counted = [];
for (const [name, network] of Object.entries(networks)) {
  for (const optimizer of name in PAPER ? ['soap', 'adamw'] : ['soap']) {
    const { form, dispatches, work } = await trainingSteps(engine, network, {
      optimizer,
      batch: STEP_BATCH,
      ahead: 1,
      portions: 1,
    });
    counted.push({ name, optimizer, form, dispatches, work });
  }
}

const millions = (value) => (value / 1e6).toFixed(value < 1e7 ? 2 : 0);
const rate = (value) => Number(value.toPrecision(2)).toLocaleString('en-US');
const estimate = tableMarkdown(
  table({
    caption: 'A training step: loss, gradient and optimizer on a batch of 10',
    columns: [
      { title: 'network' },
      { title: 'optimizer' },
      { title: 'form' },
      { title: 'dispatches', format: 'integer' },
      { title: 'multiply-adds, 10⁶', align: 'right' },
      { title: 'memory, MB', align: 'right' },
      ...SHOWN.flatMap(({ name }) => [
        { title: `${name}: steps/s by arithmetic`, align: 'right' },
        { title: 'by memory', align: 'right' },
      ]),
    ],
    rows: counted.map(({ name, optimizer, form, dispatches, work }) => [
      name,
      optimizer,
      form,
      dispatches,
      millions(work.multiplyAdds),
      millions(work.bytes),
      ...SHOWN.flatMap((device) => {
        const { byArithmetic, byMemory } = bounds(device, work, form.startsWith('work') ? STEP_BATCH : undefined);
        return [rate(byArithmetic), rate(byMemory)];
      }),
    ]),
  }),
);

const measured = (existsSync(options.results) ? readdirSync(options.results) : [])
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(options.results, name), 'utf8')))
  .filter(({ software, quick }) => !software && !quick);
const whole = (value) => (value === undefined ? null : Math.round(value));
const share = (part) => (part === undefined ? null : `${(100 * part).toPrecision(2)} %`);
const number = (value) => Number(value.toPrecision(3)).toLocaleString('en-US');

/** Pictures, tables and remarks of one device. */
async function measurementsOf({ device, adapter, processor, date, parts }) {
  const file = `${device.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase()}.svg`;
  writeFileSync(join(options.results, file), `${await figure(device, parts)}\n`);
  const rows = Object.entries(parts).flatMap(([name, one]) => {
    if (one.stepsPerSecond === undefined) return [];
    const { form, dispatches, stepsPerSecond, bound, ofBound, wasmStepsPerSecond, toWasm } = one;
    const times = [whole(stepsPerSecond), whole(bound), share(ofBound), whole(wasmStepsPerSecond), toWasm ?? null];
    return [[name, form ?? null, dispatches ? dispatches.toPrecision(2) : null, ...times]];
  });
  const peers = Object.keys(PAPER).flatMap((problem) => {
    const rates = Object.entries(peerRates(parts, problem));
    const best = Math.max(...rates.map(([, rate]) => rate));
    const toBest = parts[`${problem} adamw`].stepsPerSecond / best;
    return rates.map(([way, rate]) => [problem, way, number(rate), rate === best ? toBest : null]);
  });
  return [
    `![Training steps a second on ${device}](${file})`,
    tableMarkdown(
      table({
        caption: `Measured on ${device} (${adapter}) beside engine-wasm on ${processor}, ${date}`,
        columns: [
          { title: 'network and optimizer' },
          { title: 'form' },
          { title: 'dispatches a step', align: 'right' },
          { title: 'steps/s', format: 'integer' },
          { title: 'allowed', format: 'integer' },
          { title: 'part of it', align: 'right' },
          { title: 'engine-wasm, steps/s', format: 'integer' },
          { title: 'to it', format: 'ratio' },
        ],
        rows,
      }),
    ),
    tableMarkdown(
      table({
        caption: 'Others on the same device, the same network, loss and batch, with AdamW',
        columns: [
          { title: 'network' },
          { title: 'with' },
          { title: 'steps/s', align: 'right' },
          { title: 'engine-webgpu to it, the best', format: 'ratio' },
        ],
        rows: peers,
      }),
    ),
    remarks(parts)
      .map((remark) => `- ${remark}`)
      .join('\n'),
  ].join('\n\n');
}

/** Steps per second of PyTorch and JAX with AdamW, by way. */
function peerRates(parts, problem) {
  return { ...parts[`${problem} peers, AdamW`]?.rates, ...parts[`${problem} compiled peers, AdamW`]?.rates };
}

/** Steps per second by network, with AdamW: ours, the others', and engine-wasm's. */
function figure(device, parts) {
  const problems = Object.keys(PAPER);
  const ways = new Map();
  for (const problem of problems) {
    const { stepsPerSecond, wasmStepsPerSecond } = parts[`${problem} adamw`];
    const rates = {
      'engine-webgpu': stepsPerSecond,
      ...peerRates(parts, problem),
      'engine-wasm': wasmStepsPerSecond,
    };
    for (const [way, x] of Object.entries(rates)) ways.set(way, [...(ways.get(way) ?? []), { row: problem, x }]);
  }
  return dotFigure({
    title: `Training steps per second on ${device}: AdamW, batches of 10`,
    rows: problems,
    series: [...ways].map(([name, dots]) => ({ name, dots })),
    x: { title: 'steps per second', scale: 'log' },
  });
}

function remarks(parts) {
  const threads = Object.entries(parts['wasm by threads'] ?? {}).map(([problem, rates]) => {
    const each = Object.entries(rates).map(([count, rate]) => `${number(rate)} with ${count}`);
    return `${problem}: ${each.join(', ')}`;
  });
  const bits = Object.entries(parts['equal bits'] ?? {}).map(
    ([problem, equal]) => `${problem} ${equal ? 'yes' : 'no'}`,
  );
  const conformance = Object.entries(parts).flatMap(([name, { cases, done, failures }]) =>
    failures ? [`${name}: ${done} of ${cases} cases in the time there was, ${failures.length} wrong`] : [],
  );
  return [
    ...(threads.length ? [`Steps/s of engine-wasm by threads, with SOAP: ${threads.join('; ')}.`] : []),
    ...(bits.length ? [`Two runs give equal bits: ${bits.join(', ')}.`] : []),
    ...(conformance.length ? [`Against the float64 reference: ${conformance.join('; ')}.`] : []),
  ];
}

mkdirSync(options.results, { recursive: true });
const measurements =
  measured.length === 0
    ? '**No real device’s time is on this page yet**: where this was made there was none. `npm run bench:gpu` puts it here, in one command of under ten minutes; `scripts/gpu/pack.mjs` makes a folder of it for machines without Node or network.'
    : (await Promise.all(measured.map(measurementsOf))).join('\n\n');

const sources = DEVICES.filter((device) => SHOWN.includes(device))
  .map(({ name, multiplyAdds, bytes, processors, source }) => {
    return `${name}: ${multiplyAdds / 1e12} · 10¹² float32 multiply-adds/s, ${bytes / 1e12} TB/s, ${processors} multiprocessors (${source})`;
  })
  .join('; ');
const hardest = counted.findLast(({ name }) => name.startsWith('Table 11'));
const least = SHOWN.map((device) => {
  const { byArithmetic, byMemory } = bounds(device, hardest.work);
  return `${(TABLE_11_STEPS / Math.min(byArithmetic, byMemory) / 60).toFixed(1)} min on an ${device.name}`;
}).join(', ');
const text = `# The GPU engine

Made by \`node scripts/gpu/page.mjs\`, the last part of \`npm run bench:gpu\`.

${measurements}

## What data sheets allow

${estimate}

- Dispatches are counted as the engine encodes them, on a device that computes nothing, in the first step, when SOAP turns all its
  bases. On average a step has fewer.
- Multiply-adds are those of the forward pass, of both gradients, and of the optimizer's matrices, whose bases are refreshed every ten
  steps. Memory is what has to move at least: every number of global memory that a step needs, once; activations in workgroup
  memory take none.
- By arithmetic and by memory: steps per second that a device allows, by the data sheets. ${sources}. In the form \`workgroup\` a sample is the
  work of one multiprocessor, so that ten are busy. What is reached is less: a dispatch waits for the one before, layers are small,
  and rows of windows are gathered.
- Table 11 at the scale \`paper\` is ${TABLE_11_STEPS.toLocaleString('en-US')} steps; with r = 10 the data sheets allow it in ${least}.
`;
writeFileSync(join(options.results, 'README.md'), text);
console.log(text);
process.exit(0);
