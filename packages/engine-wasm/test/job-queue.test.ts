import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { jobQueue } from '../dist/job-queue.js';
import type { Job } from '../dist/runner.js';

const job = (tasks: number): Job => ({
  kind: 'gradient',
  tasks,
  parts: 2,
  soap: 2 ** 31,
  chunks: 3,
  inputs: 2 ** 32 - 64,
  targets: 5,
  indices: 6,
  weights: 7,
  count: 8,
  root: 1,
});

describe('the queue of a pool', () => {
  it('hands a job over as it is, addresses beyond 2 GiB included', () => {
    const buffer = new SharedArrayBuffer(1024);
    const generation = jobQueue(buffer, 64).post(job(2));
    expect(jobQueue(buffer, 64).awaitJob(0)).toEqual({ generation, job: job(2) });
  });

  it('gives every task once, to the job it belongs to', () => {
    const queue = jobQueue(new SharedArrayBuffer(1024), 64);
    const first = queue.post(job(2));
    expect([queue.take(first, 2), queue.take(first, 2), queue.take(first, 2)]).toEqual([0, 1, -1]);
    queue.complete(2);
    queue.complete(2);
    expect(queue.awaitCompletion(2)).toBe(true);
    // A late worker that has read the next job's number of tasks already, but not its generation.
    expect(queue.take(first, 5)).toBe(-1);
    const second = queue.post(job(5));
    expect(queue.take(first, 5)).toBe(-1);
    expect(queue.take(second, 5)).toBe(0);
  });

  it('threads that race for tasks never get the same one', async () => {
    const tasks = 60_000;
    const buffer = new SharedArrayBuffer(1024);
    const taken = new Int32Array(new SharedArrayBuffer(4 * tasks));
    const queue = jobQueue(buffer, 64);
    const script = `
      const { workerData, parentPort } = require('node:worker_threads');
      const { buffer, taken, tasks, url } = workerData;
      import(url).then(({ jobQueue }) => {
        const queue = jobQueue(buffer, 64);
        parentPort.postMessage('ready');
        const { generation } = queue.awaitJob(0);
        for (let task; (task = queue.take(generation, tasks)) >= 0; ) Atomics.add(taken, task, 1);
      });`;
    const url = new URL('../dist/job-queue.js', import.meta.url).href;
    const workers = [0, 1].map(
      () => new Worker(script, { eval: true, execArgv: [], workerData: { buffer, taken, tasks, url } }),
    );
    const exits = workers.map((worker) => once(worker, 'exit'));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const generation = queue.post(job(tasks));
    for (let task: number; (task = queue.take(generation, tasks)) >= 0; ) Atomics.add(taken, task, 1);
    await Promise.all(exits);
    expect(taken.every((times) => times === 1)).toBe(true);
  });
});
