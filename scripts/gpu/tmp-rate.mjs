// Temporary: steps per second. node scripts/gpu/tmp-rate.mjs out.json
import { writeFileSync } from 'node:fs';
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { create } from 'webgpu';
import { trainingSteps } from '../../bench/steps.mjs';
import { PAPER, TABLE_11 } from './networks.mjs';
const seconds = Number(process.env.SECONDS_EACH ?? 1.5);
const engine = await webgpuEngine({ gpu: create(process.env.ROBUST ? [] : ['enable-dawn-features=disable_robustness']) });
const results = [];
for (const [name, optimizer, ahead] of [['1D', 'soap', 64], ['1D', 'adamw', 64], ['1D', 'adamw', 512], ['1D', 'soap', 512], ['2D', 'soap', 64], ['2D', 'adamw', 64], ['r = 10', 'soap', 64]]) {
  const { rate, form, dispatches } = await trainingSteps(engine, { ...PAPER, ...TABLE_11 }[name], { optimizer, ahead, seconds });
  results.push({ name, optimizer, ahead, rate: Math.round(rate), microseconds: Math.round(1e6 / rate), form, dispatches });
  console.log(JSON.stringify(results.at(-1)));
}
if (process.argv[2]) writeFileSync(process.argv[2], JSON.stringify(results, null, 1));
process.exit(0);
