"""How the peers of `bench/engine.mjs` measure their speed."""

import time


def samples_per_second(run, batch, seconds):
    """The best of twenty repetitions, as in `bench/timing.mjs`."""
    for _ in range(3):
        run()
    best = 0.0
    for _ in range(20):
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds / 20:
            run()
            steps += 1
        best = max(best, steps * batch / (time.perf_counter() - start))
    return best
