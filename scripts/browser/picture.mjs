/** `npm run picture`: the picture of the explorer with which the README begins. */
import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.mjs';
import { serve } from './serve.mjs';

const folder = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const { url, stop } = await serve(folder('apps/explorer/dist'));
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme: 'light' });
await page.goto(`${url}#p=field-1d`);
// Some updates, for the running charts and for code that has become fast.
await page.locator('.well').first().focus();
for (const key of ['ArrowRight', 'ArrowLeft']) {
  for (let step = 0; step < 20; step++) {
    await page.keyboard.press(key);
    await page.waitForTimeout(50);
  }
}
await page.waitForTimeout(500);
await page.screenshot({ path: folder('docs/explorer.png') });
await browser.close();
await stop();
