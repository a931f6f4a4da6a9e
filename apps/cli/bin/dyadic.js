#!/usr/bin/env node
try {
  const { endWithoutReader, main } = await import('../dist/main.js');
  endWithoutReader();
  await main(process.argv);
} catch (error) {
  // `main` throws nothing: its modules could not be loaded, for lack of open files or of a package.
  console.error(`error: the program cannot be loaded (${error.message}). Check the installation and ulimit -n`);
  process.exitCode = 1;
}
