/** A worker thread: runs tasks of the posted jobs until the pool stops. */
import { jobQueue } from './job-queue.js';
import { instantiate } from './kernels.js';
import { nodeModule } from './node-module.js';
import { Runner } from './runner.js';
import type { WorkerSetup } from './thread.js';

function work({ plan, module, memory, thread }: WorkerSetup, ready: () => void): void {
  const queue = jobQueue(memory.buffer, plan.control);
  const runner = new Runner(plan, instantiate(module, memory), thread);
  ready();
  let done = 0;
  for (;;) {
    const next = queue.awaitJob(done);
    if (next === undefined) return;
    const { generation, job } = next;
    for (let task: number; (task = queue.take(generation, job.tasks)) >= 0; ) {
      try {
        runner.run(job, task);
        queue.countWorkerTask();
      } catch {
        queue.fail();
      }
      queue.complete(job.tasks);
    }
    done = generation;
  }
}

const threads = nodeModule('node:worker_threads');
if (threads) {
  work(threads.workerData as WorkerSetup, () => threads.parentPort!.postMessage('ready'));
} else {
  globalThis.addEventListener('message', (event) => {
    work((event as MessageEvent<WorkerSetup>).data, () => postMessage('ready'));
  });
}
