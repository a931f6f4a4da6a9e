"""Checks ONNX models and runs them: one task a line on stdin, as JSON; answers "ok" or what is wrong, a line each.

A task names the model, its inputs and outputs, and the shape of each. `file` has samples (float32), each of which is its fields one
after the other; what comes out, in the same order, replaces them.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = 1
settings.log_severity_level = 3

for line in sys.stdin:
    task = json.loads(line)
    try:
        onnx.checker.check_model(onnx.load(task["model"]), full_check=True)
        session = onnxruntime.InferenceSession(task["model"], settings, providers=["CPUExecutionProvider"])
        samples = np.fromfile(task["file"], "<f4").reshape([-1, len(task["inputs"]), *task["shape"]])
        inputs = {name: samples[:, field] for field, name in enumerate(task["inputs"])}
        np.stack(session.run(task["outputs"], inputs), axis=1).astype("<f4").tofile(task["file"])
        print("ok", flush=True)
    except Exception as error:  # whatever it is, the other side reports it
        print(repr(error).replace("\n", " "), flush=True)
