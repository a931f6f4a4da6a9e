/** A server of static files on localhost, isolated as threads in a page need it. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Serves a folder on 127.0.0.1.
 *
 * @param port - 0 takes a free one.
 * @returns The address, and a function that stops the server.
 */
export async function serve(folder, port = 0) {
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-cache');
    const file = await fileOf(folder, request.url ?? '/');
    if (request.method !== 'GET' && request.method !== 'HEAD') return response.writeHead(405).end();
    if (file === undefined) return response.writeHead(404, { 'Content-Type': TYPES['.html'] }).end('Not found');
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    if (request.method === 'HEAD') return response.end();
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://localhost:${server.address().port}/`, stop };
}

/** The file of an address within the folder; undefined where there is none. */
async function fileOf(folder, url) {
  try {
    // Normalised as an absolute path, it cannot leave the folder.
    const path = join(folder, normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)));
    for (const file of [path, join(path, 'index.html')]) {
      if ((await stat(file).catch(() => null))?.isFile()) return file;
    }
  } catch {
    // An address that is none.
  }
  return undefined;
}
