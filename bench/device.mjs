/** Training steps on a GPU: `engine-webgpu`, and PyTorch and JAX on the same device, beside what its data sheet allows. */
import { table } from '@dyadic/report';
import { devicePeers } from './peer.mjs';
import { deviceOf, roofline } from './roofline.mjs';
import { STEP_BATCH, trainingSteps } from './steps.mjs';

/** Steps of the networks on the device, on `wasm`, and by the peers, as a table. */
export async function deviceTable(gpu, wasm, problems, { seconds, python }) {
  const rows = [];
  const notes = new Set();
  for (const { name, network } of problems) {
    const add = (what, optimizer, rate, ours, work) => {
      const { bound = null, ofBound } = work ? roofline(gpu.adapter, work, rate, ours.workgroups) : {};
      const part = ofBound === undefined ? null : `${(100 * ofBound).toPrecision(2)} %`;
      const millions = work ? Math.round(work.multiplyAdds / 1e6) : null;
      rows.push([name, what, optimizer, Math.round(rate), millions, bound, part, ours.rate / rate]);
    };
    for (const optimizer of ['soap', 'adamw']) {
      const how = { optimizer, batch: STEP_BATCH, seconds };
      const { rate, work, form } = await trainingSteps(gpu, network, how);
      const ours = { rate, workgroups: form.startsWith('work') ? STEP_BATCH : undefined };
      add(`${gpu.name}, ${form}`, optimizer, rate, ours, work);
      add(wasm.description, optimizer, (await trainingSteps(wasm, network, { ...how, ahead: 8 })).rate, ours);
      if (optimizer !== 'adamw') continue;
      const { rates, skipped } = devicePeers(python, network, { batch: STEP_BATCH, seconds });
      // The same arithmetic, but for memory that they move besides: what the data sheet allows them is no more.
      for (const [way, speed] of Object.entries(rates)) add(way, optimizer, speed, { rate }, work);
      for (const [way, reason] of Object.entries(skipped)) notes.add(`${way} skipped: ${reason}`);
    }
  }
  const device = deviceOf(gpu.adapter);
  return table({
    caption: `Training steps on ${gpu.adapter}: loss, gradient and optimizer, batch ${STEP_BATCH}`,
    columns: [
      { title: 'network' },
      { title: 'engine' },
      { title: 'optimizer' },
      { title: 'steps/s', format: 'integer' },
      { title: 'mul-adds a step, 10⁶', format: 'integer' },
      { title: 'device allows', format: 'integer' },
      { title: 'part of it', align: 'right' },
      { title: 'webgpu is', format: 'ratio' },
    ],
    rows,
    notes: [
      device ? `Allowed: ${device.source}.` : `No data sheet of ${gpu.adapter} is in bench/roofline.mjs.`,
      ...notes,
    ],
  });
}
