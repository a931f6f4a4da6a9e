"""Reads the named columns of all shards of a dataset into numpy arrays: arrow_read.py FOLDER REPETITIONS COLUMN..."""
import glob
import json
import sys
import time

import numpy as np
import pyarrow as pa

folder, repetitions, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
shards = sorted(glob.glob(f'{folder}/shard-*.arrow'))


def read_all() -> int:
    total = 0
    for shard in shards:
        with pa.memory_map(shard) as source:
            reader = pa.ipc.open_file(source)
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i)
                for name in names:
                    total += np.array(batch.column(name).to_numpy_ndarray()).nbytes
    return total


best = 0.0
for _ in range(repetitions):
    start = time.perf_counter()
    total = read_all()
    best = max(best, total / 1e6 / (time.perf_counter() - start))
print(json.dumps({'version': pa.__version__, 'rate': best}))
