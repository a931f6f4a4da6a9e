/** The built page in a Chromium, for the tests. */
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, LaunchOptions, Page } from 'playwright-core';
import { launchChromium } from '../../../scripts/browser/chromium.mjs';
import { serve } from '../../../scripts/browser/serve.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

export interface Explorer {
  readonly url: string;
  /** Opens the page; what it complains of on the console is collected. */
  open(hash?: string, options?: BrowserContextOptions, query?: string): Promise<OpenPage>;
  /** Seconds that processors have worked for all processes of the browser; what other programs do does not count. */
  processorSeconds(): Promise<number>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** @param flags - Of Chromium, besides its usual ones. */
export async function startExplorer(flags: LaunchOptions = {}): Promise<Explorer> {
  const server = await serve(DIST);
  const browser: Browser = await launchChromium(flags);
  const client = await browser.newBrowserCDPSession();
  return {
    url: server.url,
    async open(hash = '', options = {}, query = '') {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${server.url}${query}${hash ? `#${hash}` : ''}`);
      await page.waitForFunction(() => document.getElementById('measure-error')?.textContent?.includes('10'));
      return { page, complaints };
    },
    async processorSeconds() {
      const { processInfo } = await client.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    },
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}

/** A number as the page writes it: 1.3·10⁻⁵, 10⁻⁴, 0.3. */
export function parseNumber(text: string): number {
  const found = /^(?:([\d.]+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)$/.exec(text.trim());
  if (!found) return Number(text);
  const exponent = [...found[2]!].map((letter) => (letter === '⁻' ? '-' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(letter))).join('');
  return Number(`${found[1] ?? 1}e${exponent || 1}`);
}

/** The error that the page shows, when solver and network have answered to the same potential. */
export async function shownError(page: Page): Promise<number> {
  await page.waitForTimeout(400);
  return parseNumber((await page.textContent('#measure-error'))!);
}

/** What a curve on a canvas looks like: how many pixels have its colour, and where it is highest, as shares of the canvas. */
export function curveOf(page: Page, canvas: string, color: string) {
  return page.evaluate(
    ([selector, name]) => {
      const { data, width, height } = (() => {
        const element = document.querySelector<HTMLCanvasElement>(selector!)!;
        return element.getContext('2d')!.getImageData(0, 0, element.width, element.height);
      })();
      const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
      let [count, top, left] = [0, height, 0];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const at = 4 * (y * width + x);
          if (data[at + 3]! < 200 || wanted.some((value, c) => Math.abs(data[at + c]! - value) > 12)) continue;
          count++;
          if (y < top) [top, left] = [y, x];
        }
      }
      return { pixels: count, top: top / height, at: left / width };
    },
    [canvas, color] as const,
  );
}
