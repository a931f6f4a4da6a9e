/** The training on WebGPU, on Chromium's software adapter: SwiftShader is right but slow, so it does few steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeCheckpoint } from '@dyadic/training';
import type { Page, Worker } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../../scripts/browser/chromium.mjs';
import { serve } from '../../../scripts/browser/serve.mjs';
import { type Explorer, startExplorer } from './page.js';

/** Dawn's other way of setting workgroup memory to zero costs SwiftShader's compiler a minute. */
const FLAGS = {
  args: [
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--disable-dawn-features=vulkan_use_zero_initialize_workgroup_memory_extension',
  ],
};
const EPOCHS = 10;

let explorer: Explorer;
let adapter = false;
beforeAll(async () => {
  explorer = await startExplorer(FLAGS);
  const { page } = await explorer.open();
  adapter = await page.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
    return Boolean(await gpu?.requestAdapter());
  });
  await page.context().close();
});
afterAll(() => explorer.close());

/** A test that needs an adapter. */
const onAdapter = (name: string, run: () => Promise<void>) =>
  it(name, { timeout: 180_000 }, async (context) => {
    if (!adapter) context.skip('this Chromium offers WebGPU no adapter, not even SwiftShader');
    await run();
  });

async function openTraining(query: string) {
  const { page, complaints } = await explorer.open('', {}, query);
  await page.click('#tab-train');
  await page.locator('#train-samples').fill('100');
  await page.locator('#train-epochs').fill(String(EPOCHS));
  const worker = page.workers().find((one) => one.url().includes('train.worker'))!;
  return { page, complaints, worker };
}

/** The checkpoint and the line on the engine when the training has ended, or was stopped. */
async function finish(page: Page) {
  await page.locator('#train-start:enabled').waitFor({ timeout: 150_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#train-save')]);
  const { state, engine } = decodeCheckpoint('downloaded', await readFile(await download.path()));
  const why = (await page.textContent('#train-why'))!;
  await page.context().close();
  return { losses: state.history.map(({ loss }) => loss), engine, why };
}

const firstEpoch = (page: Page) =>
  expect.poll(() => page.textContent('#measure-train-epoch'), { timeout: 120_000, interval: 20 }).toMatch(/^[1-9]\d*$/);

/** The training in the page's worker, on a device that the test can take away. */
const takeable = (worker: Worker) =>
  worker.evaluate(() => {
    const scope = globalThis as unknown as {
      GPUAdapter: { prototype: { requestDevice(...options: unknown[]): Promise<{ destroy(): void }> } };
      lose(): void;
    };
    const { prototype } = scope.GPUAdapter;
    const { requestDevice } = prototype;
    prototype.requestDevice = async function (...options) {
      const device = await requestDevice.apply(this, options);
      scope.lose = () => device.destroy();
      return device;
    };
  });

onAdapter('where it is chosen it trains as WebAssembly does, and goes on there when the device is lost', async () => {
  const wasm = await openTraining('?engine=wasm');
  await wasm.page.click('#train-start');
  const expected = await finish(wasm.page);
  expect(expected.why).toMatch(/^Engine: wasm \(.*\); you chose it\.$/);
  const { page, complaints, worker } = await openTraining('?engine=webgpu');
  await takeable(worker);
  await page.click('#train-start');
  await firstEpoch(page);
  expect(await page.textContent('#train-why')).toMatch(/^Engine: webgpu \(.*swiftshader.*\); you chose it\.$/);
  await worker.evaluate(() => (globalThis as unknown as { lose(): void }).lose());
  const { losses, engine, why } = await finish(page);
  expect(why).toMatch(/^Engine: wasm \(.*\); google swiftshader: .*; it goes on from epoch \d+\.$/);
  const epoch = Number(/from epoch (\d+)/.exec(why)?.[1]);
  expect(epoch).toBeGreaterThan(1);
  expect(engine).toBe('wasm');
  expect(losses).toHaveLength(EPOCHS);
  // The first epochs are the device's, in another rounding; the others begin where they ended.
  expect(losses[0]).not.toBe(expected.losses[0]);
  expect(losses[0]! / expected.losses[0]!).toBeCloseTo(1, 3);
  expect(losses.at(-1)! / expected.losses.at(-1)!).toBeCloseTo(1, 1);
  expect([...complaints, ...wasm.complaints]).toEqual([]);
});

onAdapter('a software adapter is never taken by itself', async () => {
  const { page, complaints } = await openTraining('');
  await page.click('#train-start');
  const { engine, why } = await finish(page);
  expect(engine).toBe('wasm');
  expect(why).toMatch(/^Engine: wasm .*; WebGPU has only .*swiftshader.* here, which is the CPU\.$/);
  expect(complaints).toEqual([]);
});

onAdapter('a device that does not become ready is not waited for', async () => {
  const { page, complaints, worker } = await openTraining('?engine=webgpu');
  await worker.evaluate(() => {
    const scope = globalThis as unknown as {
      GPUDevice: { prototype: { createComputePipelineAsync(): Promise<never> } };
    };
    scope.GPUDevice.prototype.createComputePipelineAsync = () => new Promise(() => {});
    // Half a minute is over at once.
    const { setTimeout: wait } = globalThis;
    Object.assign(globalThis, { setTimeout: (act: () => void, after: number) => wait(act, after / 100) });
  });
  await page.click('#train-start');
  const { engine, losses, why } = await finish(page);
  expect([engine, losses.length]).toEqual(['wasm', EPOCHS]);
  expect(why).toMatch(/; the graphics device was not ready after 30 seconds\.$/);
  expect(complaints).toEqual([]);
});

it('without WebGPU the page says so, and keeps the choice in the address', async () => {
  const { page, worker } = await openTraining('');
  // An insecure page has no WebGPU; here it is taken away from the worker.
  await worker.evaluate(() => {
    Reflect.deleteProperty(Object.getPrototypeOf(navigator), 'gpu');
  });
  await page.selectOption('#train-engine', 'webgpu');
  expect(new URL(page.url()).search).toBe('?engine=webgpu');
  await page.click('#train-start');
  expect((await finish(page)).why).toMatch(/^Engine: wasm .*; this browser has no WebGPU\.$/);
});

onAdapter('engine-webgpu agrees with the float64 reference in the browser', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyadic-conformance-'));
  const server = await serve(folder);
  const browser = await launchChromium(FLAGS);
  try {
    const entry = fileURLToPath(new URL('conformance-in-page.ts', import.meta.url));
    await build({
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, target: 'es2022', lib: { entry, formats: ['es'], fileName: () => 'page.js' } },
    });
    writeFileSync(join(folder, 'index.html'), '<script type="module" src="page.js"></script>');
    const page = await browser.newPage();
    await page.goto(server.url);
    const passed = await page.evaluate(() => (globalThis as unknown as { conform(): Promise<string[]> }).conform());
    expect(passed).toHaveLength(12);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
