import { ArgumentError } from '@dyadic/errors';

/** What a 32-bit WebAssembly memory can address. */
export const ADDRESSABLE = 2 ** 32;
const PAGE = 2 ** 16;
const LINE = 64;

const aligned = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

/** Refuses a memory that cannot be addressed. @throws ArgumentError naming the sizes. */
export function requireAddressable(purpose: string, bytes: number, detail: string): void {
  if (bytes <= ADDRESSABLE - PAGE) return;
  const gib = Number((bytes / 2 ** 30).toFixed(2));
  throw new ArgumentError(`${purpose} (GiB)`, gib, `at most 4 GiB, all a 32-bit WebAssembly memory holds: ${detail}`);
}

/** Hands out consecutive cache-line aligned places in a memory that does not exist yet. */
export class Arena {
  /** Bytes handed out. Address 0 is left free, so that no valid address is falsy. */
  size = LINE;

  take(bytes: number): number {
    const address = this.size;
    this.size += aligned(bytes);
    return address;
  }
}

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Memory behind the arena for what comes and goes: samples. First fit; grows the memory when nothing fits. */
export class Heap {
  readonly #memory: WebAssembly.Memory;
  readonly #start: number;
  /** Blocks in use, by address. */
  #blocks: Block[] = [];

  constructor(memory: WebAssembly.Memory, start: number) {
    this.#memory = memory;
    this.#start = start;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#blocks.reduce((sum, block) => sum + block.bytes, 0);
  }

  /** @throws ArgumentError when the memory cannot hold that much more. */
  allocate(bytes: number, purpose: string, detail: string): number {
    const size = aligned(bytes);
    let address = this.#start;
    let position = 0;
    for (const block of this.#blocks) {
      if (block.address - address >= size) break;
      address = block.address + block.bytes;
      position++;
    }
    requireAddressable(purpose, address + size, detail);
    reach(this.#memory, address + size, purpose, detail);
    this.#blocks.splice(position, 0, { address, bytes: size });
    return address;
  }

  free(address: number): void {
    this.#blocks = this.#blocks.filter((block) => block.address !== address);
  }
}

/** Grows a memory until it holds `bytes`. @throws ArgumentError when the machine refuses. */
function reach(memory: WebAssembly.Memory, bytes: number, purpose: string, detail: string): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / PAGE));
  } catch {
    throw refusal(bytes, purpose, detail);
  }
}

/** A memory of at least `bytes`; one that threads share when `shared`. @throws ArgumentError */
export function createMemory(bytes: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE), maximum: ADDRESSABLE / PAGE, shared });
  } catch {
    throw refusal(bytes, 'memory for the network', `${bytes} bytes to begin with`);
  }
}

function refusal(bytes: number, purpose: string, detail: string): ArgumentError {
  const gib = Number((bytes / 2 ** 30).toFixed(2));
  return new ArgumentError(`${purpose} (GiB)`, gib, `as much as this machine gives one WebAssembly memory: ${detail}`);
}
