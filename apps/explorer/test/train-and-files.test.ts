import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset } from '@dyadic/dataset';
import { decodeCheckpoint, loadModelSync } from '@dyadic/training';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Explorer, parseNumber, shownError, startExplorer } from './page.js';

let explorer: Explorer;
beforeAll(async () => {
  explorer = await startExplorer();
});
afterAll(() => explorer.close());

const MODEL = new URL('../public/models/kohn-sham-1d.safetensors', import.meta.url);
const value = async (page: Page, id: string) => parseNumber((await page.textContent(`#measure-${id}`)) ?? '');

/** What `dyadic predict` makes of a potential, a line of CSV, with a checkpoint, on one thread. */
async function commandPredicts(checkpoint: string, potential: string): Promise<Float32Array> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-predict-'));
  try {
    const [model, input, out] = ['checkpoint.safetensors', 'potential.csv', 'out'].map((name) => join(folder, name));
    await copyFile(checkpoint, model!);
    await writeFile(input!, `${potential}\n`);
    const command = fileURLToPath(new URL('../../cli/bin/dyadic.js', import.meta.url));
    const words = ['predict', model!, '--input', input!, '--out', out!, '--engine', 'wasm', '--threads', '1'];
    execFileSync(process.execPath, [command, ...words], { stdio: 'pipe' });
    const { solution } = await (await openDataset(out!)).read(['solution'], 0, 1);
    return Float32Array.from(solution as Float32Array);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it('training falls, stops, goes on, and gives a checkpoint with which the command predicts what the page does, to the last bit', async () => {
  const { page, complaints } = await explorer.open();
  await page.click('#tab-train');
  await page.locator('#train-samples').fill('100');
  await page.locator('#train-epochs').fill('300');
  await page.click('#train-start');
  const epoch = () => value(page, 'train-epoch');
  await expect.poll(epoch, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  const first = await value(page, 'train-error');
  await page.click('#train-stop');
  await page.locator('#train-start:enabled').waitFor();
  const stopped = await epoch();
  expect(stopped).toBeLessThan(300);
  expect(await page.textContent('#train-start')).toBe('Go on');
  await page.click('#train-start');
  await page.locator('#train-start:enabled').waitFor({ timeout: 60_000 });
  expect(await epoch()).toBe(300);
  expect(await value(page, 'train-error')).toBeLessThan(first / 5);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#train-save')]);
  const checkpoint = decodeCheckpoint('downloaded', await readFile(await download.path()));
  expect(checkpoint.state.epoch).toBe(300);
  expect(checkpoint.state.history.map(({ epoch: number }) => number)).toEqual(
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  await page.click('#train-use');
  await page.locator('#explore').waitFor();
  expect(await shownError(page)).toBeLessThan(0.05);
  const [numbers] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  const rows = (await readFile(await numbers.path(), 'utf8')).trim().split('\n').slice(1);
  const columns = rows.map((row) => row.split(','));
  const found = await commandPredicts(await download.path(), columns.map(([, potential]) => potential).join(','));
  expect(Float32Array.from(columns, ([, , , network]) => Number(network))).toEqual(found);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 120_000);

describe('files', () => {
  /** Drops a file on the page, as a hand would. */
  const drop = async (page: Page, name: string, bytes: Uint8Array) => {
    const transfer = await page.evaluateHandle(
      ([file, numbers]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(numbers)], file));
        return data;
      },
      [name, [...bytes]] as const,
    );
    await page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
    expect(await page.locator('#drop').isVisible()).toBe(true);
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
    expect(await page.locator('#drop').isVisible()).toBe(false);
  };
  const text = (content: string) => new TextEncoder().encode(content);

  it('a checkpoint predicts in the page, for its own problem', async () => {
    const { page, complaints } = await explorer.open('p=nlse-1d');
    await drop(page, 'mine.safetensors', await readFile(MODEL));
    await expect.poll(() => page.inputValue('#problem')).toBe('kohn-sham-1d');
    expect(await shownError(page)).toBeLessThan(2e-3);
    await page.click('#tab-files');
    expect(await page.textContent('#files-result')).toContain('320 points');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('a potential of one’s own is solved and predicted', async () => {
    const { page, complaints } = await explorer.open();
    const numbers = Array.from({ length: 320 }, (_, i) => -12 * Math.exp(-(((i - 100) / 30) ** 2)));
    await drop(page, 'potential.csv', text(`V\n${numbers.join('\n')}\n`));
    expect(await shownError(page)).toBeLessThan(0.05);
    expect(await page.textContent('#trust-title')).toBe('A potential of your own');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const rows = (await readFile(await download.path(), 'utf8')).trim().split('\n').slice(1);
    const columns = rows.map((row) => row.split(',').map(Number));
    expect(columns.map(([, potential]) => potential)).toEqual(numbers);
    const bytes = await readFile(new URL('../public/models/nlse-1d.safetensors', import.meta.url));
    const expected = loadModelSync(bytes).predict(numbers);
    expect(Float32Array.from(columns, ([, , , predicted]) => predicted!)).toEqual(expected);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('what is hostile or something else gets one clear message, and the page goes on', async () => {
    const { page, complaints } = await explorer.open();
    const model = await readFile(MODEL);
    const flipped = Uint8Array.from(model);
    flipped[flipped.length - 5]! ^= 255;
    const cases: [string, Uint8Array, RegExp][] = [
      ['a.safetensors', text('not a checkpoint at all'), /a\.safetensors: is not a whole safetensors file/],
      ['b.safetensors', model.subarray(0, 5000), /b\.safetensors: is truncated or damaged/],
      ['c.safetensors', flipped, /c\.safetensors: is damaged: tensor .* has changed/],
      ['d.csv', text('1,2,three\n'), /d\.csv, line 1: 'three' is no finite number/],
      ['e.csv', text('1,2,1e999\n'), /'1e999' is no finite number/],
      ['f.csv', text('1,2,3\n'), /has 3 numbers; the networks here take 320, 6400, 4096, 128/],
      ['g.arrow', text('ARROW1 and nothing more'), /g\.arrow cannot be read as an Arrow file/],
      ['h.exe', text('MZ'), /h\.exe is none of/],
      ['i.csv', new Uint8Array([255, 254, 0, 1]), /i\.csv is not a text in UTF-8/],
      ['j.csv', new Uint8Array(), /j\.csv is empty/],
    ];
    for (const [name, bytes, message] of cases) {
      await drop(page, name, bytes);
      await expect.poll(() => page.textContent('#files-message')).toMatch(message);
    }
    await page.click('#tab-explore');
    await page.click('#random');
    expect(await shownError(page)).toBeLessThan(1e-3);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('a shard shows its samples and histograms', async () => {
    const { page, complaints } = await explorer.open();
    const { tableToIPC, tableFromArrays } = await import('apache-arrow');
    const table = tableFromArrays({ energy: Float64Array.from([1, 2, 2, 5]), gap: Float32Array.from([0, 1, 2, 3]) });
    await drop(page, 'shard-00000.arrow', tableToIPC(table, 'file'));
    await page.locator('#files-result canvas').first().waitFor();
    expect(await page.locator('#files-result canvas').count()).toBe(2);
    expect(await page.textContent('#files-result')).toContain('sample of 4');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('a folder is browsed shard by shard', async () => {
    const { page, complaints } = await explorer.open();
    const { tableToIPC, tableFromArrays } = await import('apache-arrow');
    const folder = await mkdtemp(join(tmpdir(), 'dyadic-shards-'));
    for (const shard of [0, 1]) {
      const table = tableFromArrays({ energy: Float64Array.from({ length: 3 + shard }, (_, i) => i) });
      await writeFile(join(folder, `shard-0000${shard}.arrow`), tableToIPC(table, 'file'));
    }
    await page.click('#tab-files');
    await page.setInputFiles('#choose-folder', folder);
    await expect.poll(() => page.textContent('#files-result')).toContain('sample of 3');
    await page.selectOption('#shard', 'shard-00001.arrow');
    await expect.poll(() => page.textContent('#files-result')).toContain('sample of 4');
    expect(complaints).toEqual([]);
    await page.context().close();
    await rm(folder, { recursive: true });
  });
});
