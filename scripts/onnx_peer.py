"""Checks ONNX models and runs them: one task a line on stdin, as JSON; answers "ok" or what is wrong, a line each.

A task names the model, its input and output, the shape of the numbers in `file` (float32), which the result replaces.
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
        values = np.fromfile(task["file"], "<f4").reshape(task["shape"])
        (result,) = session.run([task["output"]], {task["input"]: values})
        result.astype("<f4").tofile(task["file"])
        print("ok", flush=True)
    except Exception as error:  # whatever it is, the other side reports it
        print(repr(error).replace("\n", " "), flush=True)
