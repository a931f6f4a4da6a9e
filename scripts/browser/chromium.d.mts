import type { Browser, LaunchOptions } from 'playwright-core';

export function chromiumPath(): string | undefined;
export const NO_CHROMIUM: string;
export function launchChromium(options?: LaunchOptions): Promise<Browser>;
