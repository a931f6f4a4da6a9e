/** A headless Chromium for tests, or the reason why there is none. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Where Debian, and then others, put it; `DYADIC_CHROMIUM` names another. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of a Chromium on this machine; undefined where there is none. */
export function chromiumPath() {
  return [process.env.DYADIC_CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
}

export const NO_CHROMIUM = 'no Chromium here: install the package chromium, or name one in DYADIC_CHROMIUM';

/** Starts it, with flags of Chromium in `args`. Root, as in containers, has to do without the sandbox. */
export function launchChromium({ args = [], ...options } = {}) {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: chromiumPath(), args: [...sandbox, ...args], ...options });
}
