/** A helper thread: takes tasks of the jobs on the board until the crew stops. */
import { readBoard } from './board.js';
import { instantiate } from './kernels.js';
import { Runner } from './runner.js';
import { type HelperSetup, isNode } from './thread.js';

function help({ plan, module, memory, thread }: HelperSetup, ready: () => void): void {
  const board = readBoard(memory.buffer, plan.control);
  const runner = new Runner(plan, instantiate(module, memory), thread);
  ready();
  let done = 0;
  for (;;) {
    const news = board.awaitJob(done);
    if (news === undefined) return;
    const { generation, job } = news;
    for (let task: number; (task = board.take(generation, job.tasks)) >= 0; ) {
      try {
        runner.run(job, task);
        board.countHelp();
      } catch {
        board.fail();
      }
      board.finish(job.tasks);
    }
    done = generation;
  }
}

if (isNode()) {
  const { parentPort, workerData } = await import('node:worker_threads');
  help(workerData as HelperSetup, () => parentPort!.postMessage('ready'));
} else {
  globalThis.addEventListener('message', (event) => {
    help((event as MessageEvent<HelperSetup>).data, () => postMessage('ready'));
  });
}
