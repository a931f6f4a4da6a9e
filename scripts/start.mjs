/** `npm start`: serves the site on this machine alone, and says where. `PORT` names another port than 4173. */
import { fileURLToPath } from 'node:url';
import { serve } from './browser/serve.mjs';

const site = fileURLToPath(new URL('../site', import.meta.url));
const asked = process.env.PORT ?? '4173';
if (!/^\d{1,5}$/.test(asked)) {
  console.error(`PORT is '${asked}'; expected a number`);
  process.exit(1);
}
const { url, stop } = await serve(site, Number(asked)).catch((error) => {
  if (error.code !== 'EADDRINUSE') throw error;
  console.error(`port ${asked} is taken; name another: PORT=4174 npm start`);
  process.exit(1);
});
console.log(`Dyadic is at ${url} (this machine alone); the explorer at ${url}explorer/. Ctrl+C ends it.`);
process.on('SIGINT', () => stop().then(() => process.exit(0)));
