"""What the peers of `bench/solvers.mjs` have in common: the task that they read, and how they measure."""

import json
import sys
import time

import numpy as np
import scipy
from scipy import fft


def shortest_times(run, cases, seconds):
    """The mean over the cases of the shortest time of a call, and what the calls return. A time is that of the clock or of the
    processor, whichever is less: other work on the machine lengthens the former."""
    best, begin = [float("inf")] * len(cases), time.perf_counter()
    while True:
        results = []
        for i, case in enumerate(cases):
            start, used = time.perf_counter(), time.process_time()
            results.append(run(case))
            clock = time.perf_counter() - start
            processor = time.process_time() - used
            best[i] = min(best[i], clock if clock < 1e-3 else min(clock, processor))
        if time.perf_counter() - begin > seconds:
            return sum(best) / len(best), results


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

        times[name] = shortest_times(there_and_back, [x], seconds)[0] / 100
    return times
