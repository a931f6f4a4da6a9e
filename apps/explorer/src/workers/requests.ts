/** Requests of the page to a worker and its answers, one for each. */

interface Message<Request> {
  readonly id: number;
  readonly request: Request;
}

interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** In a worker: answers every request, or says what went wrong. */
export function serveRequests<Request>(answer: (request: Request) => unknown): void {
  const post = (reply: Reply) => (globalThis as unknown as Worker).postMessage(reply);
  globalThis.addEventListener('message', async (event: Event) => {
    const { id, request } = (event as MessageEvent<Message<Request>>).data;
    try {
      post({ id, answer: await answer(request) });
    } catch (error) {
      post({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
}

/** In the page: a worker that is asked. */
export class AskedWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #count = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data: { id, answer, error } }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    };
    worker.onerror = ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message || 'a worker could not be started'));
      this.#waiting.clear();
    };
  }

  /** @throws Error with what the worker says went wrong */
  ask<Answer>(request: unknown): Promise<Answer> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#worker.postMessage({ id, request });
    });
  }
}

/**
 * One request is under way at a time; of those that come meanwhile only the newest is kept. So what is shown is never older
 * than one answer, however fast the user drags.
 */
export class Latest<Request, Answer> {
  readonly #ask: (request: Request) => Promise<Answer>;
  readonly #done: (request: Request, answer: Answer) => void;
  readonly #failed: (error: Error) => void;
  #busy = false;
  #next: Request | undefined;

  constructor(
    ask: (request: Request) => Promise<Answer>,
    done: (request: Request, answer: Answer) => void,
    failed: (error: Error) => void,
  ) {
    this.#ask = ask;
    this.#done = done;
    this.#failed = failed;
  }

  ask(request: Request): void {
    this.#next = request;
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let request: Request | undefined; (request = this.#next) !== undefined; ) {
      this.#next = undefined;
      await this.#ask(request).then((answer) => this.#done(request!, answer), this.#failed);
    }
    this.#busy = false;
  }
}
