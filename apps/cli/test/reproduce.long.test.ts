import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { declarations, errors, events, PROBLEM } from './declarations.js';
import { dyadic, finished, held, isLocked, start } from './fixtures.js';

// What is computed is tested in packages/reproduction; here is what needs the command: its words and its processes.
describe('dyadic reproduce', () => {
  it('says which cells it computes, prints the tables, and is up to date the second time', async () => {
    const declared = await declarations();
    const { code, stdout, stderr } = await dyadic(...declared.reproduce('--table', '1', '--seeds', '2'));
    expect(stderr).toContain('cell 4 of 4');
    expect(code).toBe(0);
    expect(stdout).toContain('Table 1: error against channels');
    expect(stdout).toContain('4 of 4 cells are done');
    const again = await dyadic(...declared.reproduce('--table', '1', '--seeds', '2'));
    expect(again.stdout).toBe(stdout);
    expect(again.stderr).toBe('');
    const list = await dyadic(...declared.reproduce('--table', '1', '--list', '--seeds', '3'));
    expect(list.stderr.match(/^done/gm)).toHaveLength(4);
    expect(list.stderr.match(/^missing/gm)).toHaveLength(2);
    const json = await dyadic(...declared.reproduce('--table', '1', '--shift', 'tiny', '--constants', '--json'));
    const printed = events(json.stdout);
    const [table, shift, constants, cells] = ['table', 'shift', 'constants', 'cells'].map((key) =>
      printed.find((event) => key in event && 'event' in event && event.event === 'result'),
    );
    expect(table).toMatchObject({ table: '1', rows: [{ channels: 1 }, { channels: 2 }] });
    expect(shift).toMatchObject({ shift: 'tiny', rows: [{ name: 'as trained' }, { name: 'three wells' }] });
    expect(constants.constants).toHaveLength(1);
    expect(cells).toMatchObject({ done: 2, cells: 2 });
  });

  it('resumes after it was killed, and ends with the same numbers', async () => {
    const [whole, killed] = [await declarations(), await declarations()];
    await dyadic(...whole.reproduce('--table', '1', '--scale', 'long'));
    const child = start(...killed.reproduce('--table', '1', '--scale', 'long'));
    const run = finished(child);
    child.stderr!.on('data', (chunk) => {
      if (String(chunk).includes('cell 2 of 2')) setTimeout(() => child.kill('SIGKILL'), 300);
    });
    expect((await run).code).toBeNull();
    expect(await errors(killed)).toHaveLength(1);
    const { stderr } = await dyadic(...killed.reproduce('--table', '1', '--scale', 'long'));
    expect(stderr).toContain('cell 1 of 1');
    expect(await errors(killed)).toEqual(await errors(whole));
  });

  it('two at once on different cells: one waits for the other to generate the data that both need', async () => {
    // So many samples that the first is caught while it generates them.
    const quick = { ...PROBLEM.scales.quick, test: 3000 };
    const { root, reproduce } = await declarations({ problem: { scales: { ...PROBLEM.scales, quick } } });
    const cell = (channels: number) => reproduce('--table', '1', '--only', `channels=${channels}`);
    const data = join(root, 'data/data');
    const generating = () => existsSync(data) && readdirSync(data).some((name) => isLocked(join(data, name)));
    const first = await held(generating, ...cell(1));
    const second = start(...cell(2));
    const end = finished(second);
    let said = '';
    second.stderr!.on('data', (chunk) => (said += chunk));
    while (!/^waiting for process \d+/m.test(said) && second.exitCode === null) await sleep(5);
    for (const run of [await first(), await end]) expect(run).toMatchObject({ code: 0 });
    expect(said.match(/waiting/g)).toHaveLength(1);
  });

  it('names the option that makes no sense, each in the words of the command line', async () => {
    const { reproduce } = await declarations();
    const refusals: [string[], string][] = [
      [['--table', '12'], "--table is '12'; expected one of 1"],
      [['--table', '1', '--scale', 'huge'], "--scale is 'huge'; expected one of quick, long"],
      [['--table', '1', '--preset', 'deep'], "--preset is 'deep'; expected one of paper, reference-code"],
      [['--table', '1', '--seeds', '0'], '--seeds is 0'],
      [
        ['--table', '1', '--engine', 'gpu'],
        "--engine is 'gpu'; expected one of 'wasm', 'webgpu', 'tensorflow', 'auto'",
      ],
      [['--table', '1', '--only', 'depth=3'], "--only is 'depth=3'; expected variable=value,…"],
      [[], 'nothing to reproduce: name tables (1) with --table, or give --figure, --shift, --constants or --all'],
    ];
    for (const [args, message] of refusals) {
      const { code, stderr } = await dyadic(...reproduce(...args));
      expect(stderr).toContain(message);
      expect(code).toBe(2);
    }
  });
});
