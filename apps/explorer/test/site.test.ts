import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../../scripts/browser/chromium.mjs';
import { serve } from '../../../scripts/browser/serve.mjs';

const folder = join(mkdtempSync(join(tmpdir(), 'dyadic-site-')), 'site');
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
beforeAll(async () => {
  // It fails where a link of a page leads nowhere.
  const script = fileURLToPath(new URL('../../../scripts/site.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--no-api', '--out', folder]);
  server = await serve(folder);
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the search finds a section, and the explorer opens from its card', async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.keyboard.press('/');
  await page.keyboard.type('optimizer');
  await page.locator('#found a', { hasText: 'An optimizer' }).first().waitFor();
  await page.locator('#found a', { hasText: 'An optimizer' }).first().click();
  await expect.poll(() => page.url()).toContain('guides/extending/#an-optimizer');
  expect(await page.locator('#an-optimizer').textContent()).toBe('An optimizer');
  await page.click('text=Cards');
  await page.locator('text=in the explorer').first().click();
  await page.waitForFunction(() => document.getElementById('measure-error')?.textContent?.includes('10'));
  await page.click('.brand');
  await expect.poll(() => page.title()).toBe('Dyadic');
  expect(complaints).toEqual([]);
  await page.close();
});

it('its pages fit a phone', async () => {
  const page = await browser.newPage({ viewport: { width: 360, height: 700 } });
  for (const path of [
    '',
    'results/',
    'results/structures/',
    'packages/mnn/',
    'guides/options/',
    'examples/',
    'cards/',
  ]) {
    await page.goto(server.url + path);
    expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 360]);
  }
  await page.close();
});

it('serves files of its folder alone', async () => {
  const status = async (path: string) => (await fetch(server.url + path)).status;
  expect(await status('theme.css')).toBe(200);
  expect(await status('nothing.html')).toBe(404);
  expect(await status('..%2f..%2f..%2fetc/passwd')).toBe(404);
  expect(await status('%c0%ae')).toBe(404);
  expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
});
