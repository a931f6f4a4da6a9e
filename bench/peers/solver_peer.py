"""What the peers of `bench/solvers.mjs` have in common: the task that they read, and how they measure."""

import json
import sys
import time

import numpy as np
import scipy
from scipy import fft


def shortest_times(run, cases, seconds):
    """The mean over the cases of the shortest time of a call: other work on the machine can only slow a call down."""
    best, begin = [float("inf")] * len(cases), time.perf_counter()
    while True:
        for i, case in enumerate(cases):
            start = time.perf_counter()
            run(case)
            best[i] = min(best[i], time.perf_counter() - start)
        if time.perf_counter() - begin > seconds:
            return sum(best) / len(best)


def main(solve_all):
    """Reads the task with its potentials (float64, one after the other), solves them, prints what each method took."""
    task = json.loads(sys.stdin.readline())
    if "transform" in task:
        print(json.dumps({"version": scipy.__version__, **transform_times(task["transform"], task["seconds"])}))
        return
    size = task["grid"]["points"] ** task["grid"]["dimension"]
    potentials = np.fromfile(task["potentials"], dtype=np.float64).reshape(-1, size)
    print(json.dumps({"version": scipy.__version__, "methods": list(solve_all(task, potentials))}))


def transform_times(shape, seconds):
    """Seconds of a real transform there and back, called one by one and in a batch of a hundred."""
    rng = np.random.default_rng(1)
    axes = tuple(range(-len(shape), 0))
    times = {}
    for name, count in (("single", 1), ("batch", 100)):
        x = rng.standard_normal((count, *shape))

        def there_and_back(x):
            for _ in range(100 // count):
                fft.irfftn(fft.rfftn(x, axes=axes), s=shape, axes=axes, overwrite_x=True)

        times[name] = shortest_times(there_and_back, [x], seconds) / 100
    return times
