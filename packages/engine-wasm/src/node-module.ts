/**
 * A built-in module of Node, or undefined elsewhere. No `import` names it, so that bundlers for browsers have nothing to
 * resolve.
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name);
}

interface NodeModules {
  'node:os': typeof import('node:os');
  'node:worker_threads': typeof import('node:worker_threads');
}
