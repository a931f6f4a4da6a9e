import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { contents, copyOf, dyadic, EXPERIMENT, finished, start, workspace } from './fixtures.js';

const quick = { ...EXPERIMENT.profiles.quick, training: { ...EXPERIMENT.profiles.quick.training, epochs: 40 } };
const firstError = async (app: string) =>
  JSON.parse((await readFile(join(app, 'runs/quick/metrics.jsonl'), 'utf8')).split('\n')[0]!)
    .validationMeanError as number;

it('a run that starts from the linear fit begins far nearer, and ends with the same bytes if it is killed', async () => {
  const random = await workspace({ experiment: { profiles: { quick } } });
  await dyadic('generate', random.data);
  expect((await dyadic('train', random.app)).code).toBe(0);

  const linear = await workspace({ experiment: { profiles: { quick: { ...quick, start: 'linear-fit' } } } });
  await dyadic('generate', linear.data);
  const killed = await copyOf(linear);
  expect((await dyadic('train', linear.app)).code).toBe(0);
  expect(await firstError(linear.app)).toBeLessThan((await firstError(random.app)) / 2);

  const run = start('train', killed.app, '--checkpoint-seconds', '0');
  const end = finished(run);
  while (!existsSync(join(killed.app, 'runs/quick/checkpoint.safetensors'))) await sleep(2);
  run.kill('SIGKILL');
  await end;
  expect((await dyadic('train', killed.app)).code).toBe(0);
  const [a, b] = [linear, killed].map(({ app }) => contents(join(app, 'runs/quick'), ['timing.json']));
  expect(await b).toEqual(await a);
});

it('a checkpoint of the one start is none of the other, and a start that is not known is refused', async () => {
  const { data, app } = await workspace({ experiment: { profiles: { quick: { ...quick, start: 'linear-fit' } } } });
  const other = await workspace({ experiment: { profiles: { quick: { ...quick, start: 'linear' } } } });
  expect(await dyadic('train', other.app)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/start.*linear-fit/s),
  });
  await dyadic('generate', data);
  await dyadic('train', app);
  await writeFile(join(app, 'experiment.json'), JSON.stringify({ ...EXPERIMENT, profiles: { quick } }));
  expect(await dyadic('train', app)).toMatchObject({ code: 1, stderr: expect.stringMatching(/checkpoint/) });
});
