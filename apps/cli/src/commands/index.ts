import type { AddCommand } from '../command.js';
import { addCompare } from './compare.js';
import { addEvaluate } from './evaluate.js';
import { addExport } from './export.js';
import { addGenerate } from './generate.js';
import { addImport } from './import.js';
import { addInit } from './init.js';
import { addInspect } from './inspect.js';
import { addMerge } from './merge.js';
import { addPredict } from './predict.js';
import { addReport } from './report.js';
import { addReproduce } from './reproduce.js';
import { addSweep } from './sweep.js';
import { addTrain } from './train.js';
import { addVerify } from './verify.js';

/** All commands, in the order of the help text. Another one is its file and an entry here. */
export const COMMANDS: readonly AddCommand[] = [
  addInit,
  addGenerate,
  addMerge,
  addTrain,
  addSweep,
  addEvaluate,
  addCompare,
  addPredict,
  addInspect,
  addVerify,
  addExport,
  addImport,
];

/** Those that work in a checkout of the repository, where the package of the paper's reproduction is. */
export const REPRODUCTION_COMMANDS: readonly AddCommand[] = [addReproduce, addReport];
