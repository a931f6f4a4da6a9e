/**
 * The batch files of scripts/slurm on a real Slurm, on this machine alone: `npm run test:slurm`.
 *
 * Needs munged, slurmctld and slurmd; as root it installs Debian's slurm-wlm and munge where they are missing. The daemons
 * run as the user who calls, with key, sockets, state and logs in a temporary folder, listen on 127.0.0.1 only, and are
 * stopped at the end. Tried are: an array of seven parts, one task of which is killed in the middle and submitted again,
 * merged and compared byte by byte with a dataset computed at once; and a sweep of three trainings.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DYADIC = join(ROOT, 'apps/cli/bin/dyadic.js');
const SBIN = '/usr/sbin';
const PARTS = 7;
const daemons = [];
const work = mkdtempSync(join(tmpdir(), 'dyadic-slurm-'));
let env = process.env;

try {
  install();
  await startSlurm();
  const { data, app } = workspace();
  await generation(data);
  await sweep(app);
  console.log('passed');
} catch (error) {
  console.error(error.message);
  for (const name of ['slurmctld.log', 'slurmd.log', 'munged.log']) {
    if (existsSync(join(work, name))) console.error(`${name}:\n${readFileSync(join(work, name), 'utf8').slice(-1500)}`);
  }
  process.exitCode = 1;
} finally {
  for (const daemon of daemons.reverse()) {
    daemon.kill('SIGTERM');
    await Promise.race([new Promise((resolve) => daemon.once('exit', resolve)), sleep(5000)]);
    daemon.kill('SIGKILL');
  }
  rmSync(work, { recursive: true, force: true });
}

/** Seven parts, one of them killed and submitted again, merged: the bytes of a dataset computed at once. */
async function generation(data) {
  const whole = join(work, 'whole');
  run(process.execPath, [DYADIC, 'generate', data, '--out', whole]);
  const first = submit({}, [`--array=1-${PARTS}`, batch('generate'), data, 'quick']);
  const part = join(data, 'data/quick/parts', `3-of-${PARTS}`);
  await until('task 3 has begun', () => existsSync(part) && readdirSync(part).some((name) => name.endsWith('.arrow')));
  // As the kernel does when memory is short. The lock tells the process.
  const lock = readdirSync(part).find((name) => name.startsWith('.lock-'));
  process.kill(JSON.parse(readFileSync(join(part, lock), 'utf8')).pid, 'SIGKILL');
  await until('the array is done', () => !isQueued(first));
  const manifest = join(part, 'manifest.json');
  const { shards } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : { shards: [] };
  console.log(`generate: task 3 of ${PARTS} was killed with ${shards.length} shards listed`);
  const early = spawnSync(process.execPath, [DYADIC, 'merge', data], { encoding: 'utf8' });
  if (!/no part has/.test(early.stderr)) throw new Error(`a dataset with a killed part was merged: ${early.stderr}`);
  const again = submit({ DYADIC_PARTS: String(PARTS) }, ['--array=3', batch('generate'), data, 'quick']);
  await until('task 3 is done', () => !isQueued(again));
  run(process.execPath, [DYADIC, 'merge', data]);
  run('diff', ['-r', whole, join(data, 'data/quick')]);
  console.log(`generate: ${PARTS} parts merged are the bytes of a dataset computed at once`);
}

/** A sweep of three runs in two tasks: the bytes of trainings at the terminal. */
async function sweep(app) {
  const values = [10, 20, 40];
  writeFileSync(join(app, 'sweep.json'), JSON.stringify({ entries: { 'training.batchSize': values } }));
  const job = submit({}, ['--array=1-2', batch('sweep'), app, 'quick']);
  await until('the sweep is done', () => !isQueued(job));
  for (const value of values) {
    const [set, alone] = [`training.batchSize=${value}`, join(work, `alone-${value}`)];
    run(process.execPath, [DYADIC, 'train', app, '--set', set, '--out', alone]);
    run('diff', ['-r', '--exclude=timing.json', alone, join(app, 'runs', `quick+${set}`)]);
  }
  console.log('sweep: three runs in two tasks are the bytes of three trainings one after the other');
}

function workspace() {
  const [data, app] = [join(work, 'data'), join(work, 'app')];
  mkdirSync(data);
  mkdirSync(app);
  const recipe = {
    name: 'slurm',
    description: 'a dataset for a test',
    seed: 7,
    equation: 'nlse',
    grid: { dimension: 1, points: 640 },
    potential: { preset: 'paper', wells: 2 },
    solver: { beta: 10, discretization: 'fourier', tolerance: 1e-9 },
    profiles: { quick: { samples: 5600, shardRows: 10 } },
  };
  const training = {
    epochs: 3,
    batchSize: 20,
    seed: 1,
    optimizer: { name: 'nadam' },
    schedule: { learningRate: 1e-2 },
  };
  const splits = { train: 400, validation: 50, test: 50 };
  const experiment = {
    name: 'slurm',
    description: 'an experiment for a test',
    dataset: '../data',
    input: 'potential',
    output: 'solution',
    normalization: { input: 'standard', output: 'standard' },
    network: { points: 640, levels: 3, channels: 2, kernelLayers: 1 },
    profiles: { quick: { splits, training } },
  };
  writeFileSync(join(data, 'dataset.json'), JSON.stringify(recipe));
  writeFileSync(join(app, 'experiment.json'), JSON.stringify(experiment));
  return { data, app };
}

function install() {
  const missing = ['munged', 'slurmctld', 'slurmd'].filter((name) => !existsSync(join(SBIN, name)));
  if (missing.length === 0) return;
  if (userInfo().uid !== 0) throw new Error(`${missing.join(', ')} not found. Install slurm-wlm and munge`);
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'slurm-wlm', 'munge']);
}

async function startSlurm() {
  chmodSync(work, 0o755);
  const name = hostname().split('.')[0];
  const [controller, node] = [await freePort(), await freePort()];
  const [socket, key] = [join(work, 'munge.socket'), join(work, 'munge.key')];
  writeFileSync(key, randomBytes(128), { mode: 0o400 });
  const user = userInfo().username;
  for (const folder of ['state', 'spool']) mkdirSync(join(work, folder));
  const configuration = `
ClusterName=dyadic
SlurmctldHost=${name}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
SlurmUser=${user}
SlurmdUser=${user}
StateSaveLocation=${work}/state
SlurmdSpoolDir=${work}/spool
SlurmctldPidFile=${work}/slurmctld.pid
SlurmdPidFile=${work}/slurmd.pid
SlurmctldLogFile=${work}/slurmctld.log
SlurmdLogFile=${work}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
KillWait=1
MinJobAge=2
InactiveLimit=0
NodeName=${name} NodeAddr=127.0.0.1 CPUs=${Math.max(2, availableParallelism())} State=UNKNOWN
PartitionName=local Nodes=${name} Default=YES MaxTime=INFINITE State=UP
`;
  writeFileSync(join(work, 'slurm.conf'), configuration);
  env = { ...process.env, SLURM_CONF: join(work, 'slurm.conf') };
  daemon('munged', [
    '--foreground',
    '--force',
    `--socket=${socket}`,
    `--key-file=${key}`,
    `--pid-file=${work}/munged.pid`,
    `--log-file=${work}/munged.log`,
    `--seed-file=${work}/munge.seed`,
  ]);
  await until('munged listens', () => existsSync(socket));
  daemon('slurmctld', ['-D']);
  daemon('slurmd', ['-D', '-N', name]);
  await until(
    'the node is idle',
    () => spawnSync('sinfo', ['-h', '-o', '%t'], { env, encoding: 'utf8' }).stdout?.trim() === 'idle',
  );
  console.log(`${spawnSync('sinfo', ['--version'], { env, encoding: 'utf8' }).stdout.trim()}: node is idle`);
}

function daemon(name, args) {
  daemons.push(spawn(join(SBIN, name), args, { env, stdio: 'ignore' }));
}

/** Submits a batch file from this repository; returns the job's number. */
function submit(variables, args) {
  const options = ['--parsable', `--chdir=${ROOT}`, `--output=${work}/job-%A-%a.log`, '--export=ALL'];
  const { status, stdout, stderr } = spawnSync('sbatch', [...options, ...args], {
    env: { ...env, ...variables },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`sbatch: ${stderr}`);
  return stdout.trim();
}

function isQueued(job) {
  return spawnSync('squeue', ['-h', '-j', job], { env, encoding: 'utf8' }).stdout?.trim() !== '';
}

function batch(name) {
  return join(ROOT, 'scripts/slurm', `${name}.sbatch`);
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8', cwd: ROOT });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr + stdout}`);
}

async function until(what, holds) {
  for (let end = Date.now() + 300_000; Date.now() < end; await sleep(50)) if (holds()) return;
  throw new Error(`waited five minutes: ${what}, and it did not come`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
