"""Writes expected.json: what each file's own library reads, as shape and SHA-256 of the float64 numbers in row-major order.

Run with numpy, h5py, scipy, pyarrow and pandas: python3 expected.py
"""

import hashlib
import json
import os

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.io

os.chdir(os.path.dirname(os.path.abspath(__file__)))
expected = {}


def add(file, name, values):
    values = np.ascontiguousarray(values, dtype='<f8')
    expected.setdefault(file, {})[name] = {
        'shape': list(values.shape),
        'sha256': hashlib.sha256(values.tobytes()).hexdigest(),
    }


def arrow(file, table):
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if hasattr(column, 'to_numpy_ndarray'):
            add(file, name, column.to_numpy_ndarray())
        else:
            add(file, name, [[float(entry) for entry in row] for row in column.to_pylist()])


for file in ['good', 'f16', 'duckdb', 'decimal128', 'lz4', 'zstd', 'c-order', 'permuted']:
    arrow(f'{file}.arrow', pa.ipc.open_file(f'{file}.arrow').read_all())
arrow('default.feather', pa.ipc.open_file('default.feather').read_all())
arrow('stream.arrows', pa.ipc.open_stream('stream.arrows').read_all())
add('potential.npy', 'potential', np.load('potential.npy'))
for file in ['potential.npz', 'deeponet.npz']:
    for name, values in np.load(file).items():
        add(file, name, values)
for name, values in scipy.io.loadmat('v5-compressed.mat').items():
    if not name.startswith('__'):
        add('v5-compressed.mat', name, values)


def hdf5(file, scaled=False):
    with h5py.File(file) as opened:

        def visit(name, entity):
            if not isinstance(entity, h5py.Dataset):
                return
            values = entity[()].astype('f8')
            if 'scale_factor' in entity.attrs:
                if (entity[()] == entity.attrs['_FillValue']).any():
                    return
                values = values * entity.attrs['scale_factor'] + entity.attrs['add_offset']
            add(file, name, values)

        opened.visititems(visit)


for file in ['rectangle.h5', 'burgers-names.mat', 'struct.mat', 'pdebench.hdf5', 'netcdf-packed.h5', 'one-zero-target.h5']:
    hdf5(file)
for file in ['virtual/run0.h5', 'virtual/run1.h5']:
    hdf5(file)
add('bom-crlf.csv', 'bom-crlf', pd.read_csv('bom-crlf.csv', header=None, encoding='utf-8-sig', float_precision='round_trip'))
add('trailing-comma.csv', 'trailing-comma', pd.read_csv('trailing-comma.csv', header=None, float_precision='round_trip').iloc[:, :64])
add('savetxt-header.csv', 'savetxt-header', np.loadtxt('savetxt-header.csv', delimiter=','))
add('pandas-noindex.csv', 'pandas-noindex', pd.read_csv('pandas-noindex.csv', float_precision='round_trip'))
with open('expected.json', 'w') as out:
    json.dump(expected, out, indent=1, sort_keys=True)
    out.write('\n')
