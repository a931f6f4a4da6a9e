"""Writes arrays of random types and shapes with every client, and what is right for each: the property test of
interoperability-property.mjs.

Usage: interoperability-property.py <folder> <arrays> <seed>. Prints one JSON object a file: its path, and for each array its
shape and the SHA-256 of its numbers as float64 in row-major order, or null where there is a value that is no finite number.
"""

import decimal
import hashlib
import json
import os
import sys
import warnings

import h5py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import scipy.io
import scipy.sparse

warnings.simplefilter('ignore')
root, wanted, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
NUMBERS = ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']


def choose(*options):
    return options[rng.integers(len(options))]


def chance(p):
    return rng.random() < p


def shape(most_axes=4):
    return tuple(int(n) for n in rng.integers(1, 7, rng.integers(1, most_axes + 1)))


def numbers(extents, dtype=None):
    """Finite numbers of a type, a few with a value that must be refused."""
    dtype = np.dtype(dtype or choose(*NUMBERS))
    if dtype.kind == 'f':
        values = rng.standard_normal(extents) * 10.0 ** rng.integers(-3, 4)
        if chance(0.1) and values.size:
            values.flat[rng.integers(values.size)] = choose(np.nan, np.inf, -np.inf)
        return np.asarray(values).astype(dtype)
    info = np.iinfo(dtype)
    low, high = (info.min, info.max) if dtype.itemsize < 8 or chance(0.2) else (max(info.min, -(2**53)), 2**53)
    return rng.integers(low, high, extents, dtype=dtype, endpoint=True)


def others(extents):
    """Values that are no numbers at all."""
    kind = choose('bool', 'complex', 'text')
    if kind == 'bool':
        return rng.integers(0, 2, extents).astype(bool)
    if kind == 'complex':
        return (rng.standard_normal(extents) + 1j).astype(choose('c8', 'c16'))
    return np.full(extents, 'abc')


def right(values):
    """Shape and hash; a null hash for what has to be refused."""
    values = np.asarray(values)
    if values.dtype.kind not in 'fiu':
        return {'shape': list(values.shape), 'sha256': None}
    with np.errstate(all='ignore'):
        exact = np.ascontiguousarray(values, dtype='<f8').reshape(values.shape)
    fits = np.isfinite(exact).all()
    if values.dtype.itemsize == 8 and values.dtype.kind in 'iu':
        fits = all(int(float(int(v))) == int(v) for v in values.flat)
    return {'shape': list(values.shape), 'sha256': hashlib.sha256(exact.tobytes()).hexdigest() if fits else None}


REFUSED = {'sha256': None}
count = 0
files = 0


def path(extension):
    global files
    files += 1
    return os.path.join(root, f'{files:06d}{extension}')


def tell(file, client, arrays):
    global count
    count += len(arrays)
    print(json.dumps({'path': file, 'client': client, 'arrays': arrays}))


def ordered(values):
    if chance(0.3):
        values = np.asfortranarray(values)
    if values.dtype.kind in 'fiu' and chance(0.3):
        values = values.astype(values.dtype.newbyteorder('>'))
    return values


def by_numpy():
    if chance(0.5):
        file = path('.npy')
        values = ordered(numbers(shape()) if chance(0.85) else others(shape()))
        np.save(file, values)
        tell(file, 'numpy', {os.path.basename(file)[:-4]: right(values)})
        return
    file = path('.npz')
    arrays = {f'a{k}': ordered(numbers(shape()) if chance(0.85) else others(shape())) for k in range(rng.integers(1, 5))}
    choose(np.savez, np.savez_compressed)(file, **arrays)
    tell(file, 'numpy', {name: right(values) for name, values in arrays.items()})


def by_h5py():
    file = path('.h5')
    arrays = {}
    with h5py.File(file, 'w', libver=choose('earliest', 'latest')) as opened:
        for k in range(rng.integers(1, 5)):
            name = choose('', 'group/', 'a/b/') + f'x{k}'
            if chance(0.15):
                extents = shape()
                values = choose(rng.integers(0, 2, extents).astype(bool), (rng.standard_normal(extents) + 1j))
                opened[name] = values
                arrays[name] = REFUSED
                continue
            values = numbers(shape())
            if chance(0.3):
                values = values.astype(values.dtype.newbyteorder('>'))
            options = {}
            if chance(0.5):
                options = {'chunks': tuple(max(1, n // 2) for n in values.shape), 'shuffle': chance(0.5), 'fletcher32': chance(0.3)}
                if chance(0.6):
                    options['compression'] = choose('gzip', 'gzip', 'lzf')
            stored = opened.create_dataset(name, data=values, **options)
            arrays[name] = right(values)
            if chance(0.15) and values.dtype.kind in 'iu' and values.dtype.itemsize <= 4:
                stored.attrs['scale_factor'], stored.attrs['add_offset'] = 0.25, float(rng.integers(-5, 5))
                arrays[name] = right(values.astype('f8') * 0.25 + stored.attrs['add_offset'])
            if options.get('compression') == 'lzf' or values.dtype.itemsize == 2 and values.dtype.kind == 'f':
                arrays[name]['may'] = 'be refused'
    tell(file, 'h5py', arrays)


def by_scipy():
    file = path('.mat')
    arrays, content = {}, {}
    for k in range(rng.integers(1, 5)):
        extents = shape(4)
        # MATLAB has no array of fewer than two axes.
        extents = extents if len(extents) > 1 else (extents[0], 1)
        kind = rng.random()
        if kind < 0.65:
            values = numbers(extents, choose('f4', 'f8', 'i1', 'i2', 'i4', 'u1', 'u2', 'u4', 'i8', 'u8'))
            content[f'x{k}'], arrays[f'x{k}'] = values, right(values)
        elif kind < 0.8:
            values = numbers(extents, 'f8')
            content[f's{k}'] = {'field': values, 'inner': {'deep': values * 2}}
            arrays[f's{k}/field'], arrays[f's{k}/inner/deep'] = right(values), right(values * 2)
        else:
            content[f'o{k}'] = choose(
                rng.integers(0, 2, extents).astype(bool), rng.standard_normal(extents) + 1j, 'text', scipy.sparse.csc_matrix(np.eye(3))
            )
            arrays[f'o{k}'] = REFUSED
    scipy.io.savemat(file, content, do_compression=chance(0.5), oned_as='column')
    tell(file, 'scipy', arrays)


def nested(values, type_, lengths):
    """A column of lists of lists of one type."""
    if values.ndim == 1:
        return pa.array(values, type=type_)
    inner = nested(values.reshape(-1, *values.shape[2:]), type_, lengths)
    kind, extent = choose(*lengths), values.shape[1]
    if kind == 'fixed':
        return pa.FixedSizeListArray.from_arrays(inner, extent)
    offsets = np.arange(0, len(values) * extent + 1, extent)
    if kind == 'large':
        return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), inner)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner)


def arrow_columns(rows, lengths):
    columns, arrays = {}, {}
    for k in range(rng.integers(1, 5)):
        name = f'c{k}'
        kind = rng.random()
        if kind < 0.6:
            values = numbers((rows, *shape(3)[: rng.integers(0, 3)]))
            columns[name], arrays[name] = nested(values, pa.from_numpy_dtype(values.dtype), lengths), right(values)
        elif kind < 0.7:
            values = [None if chance(0.05) else float(v) for v in rng.standard_normal(rows)]
            columns[name] = pa.array(values, pa.float64())
            arrays[name] = REFUSED if None in values else right(np.array(values))
        elif kind < 0.8:
            digits = [decimal.Decimal(int(v)).scaleb(-3) for v in rng.integers(-(10**8), 10**8, rows)]
            columns[name] = pa.array(digits, pa.decimal128(12, 3))
            arrays[name] = right(np.array([float(d) for d in digits]))
        elif kind < 0.88:
            values = numbers((rows,), 'f4')
            columns[name] = pa.StructArray.from_arrays([pa.array(values), pa.array(['t'] * rows)], ['v', 't'])
            arrays[f'{name}/v'], arrays[f'{name}/t'] = right(values), REFUSED
        else:
            columns[name] = choose(
                pa.array([True] * rows),
                pa.array(['text'] * rows),
                pa.array(np.arange(rows).astype('datetime64[s]')),
                pa.array(['a', 'b'] * rows).dictionary_encode()[:rows],
                pa.array([b'x'] * rows),
            )
            arrays[name] = REFUSED
    return pa.table(columns), arrays


def by_pyarrow():
    rows = int(rng.integers(1, 9))
    if chance(0.5):
        table, arrays = arrow_columns(rows, ['fixed', 'list', 'large'])
        codec = choose(None, 'lz4', 'zstd')
        kind = choose('file', 'stream', 'feather')
        file = path({'file': '.arrow', 'stream': '.arrows', 'feather': '.feather'}[kind])
        if kind == 'feather':
            pyarrow.feather.write_feather(table, file, compression=codec or 'uncompressed')
        else:
            new = pa.ipc.new_file if kind == 'file' else pa.ipc.new_stream
            with new(file, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
                writer.write_table(table, max_chunksize=int(rng.integers(1, 6)))
    else:
        table, arrays = arrow_columns(rows, ['list', 'large'])
        file = path('.parquet')
        pyarrow.parquet.write_table(
            table,
            file,
            compression=choose('none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'),
            row_group_size=int(rng.integers(1, 9)),
            use_dictionary=chance(0.5),
            data_page_version=choose('1.0', '2.0'),
        )
    tell(file, 'pyarrow', arrays)


def by_pandas():
    rows = int(rng.integers(2, 9))
    width = int(rng.integers(3, 8))
    values = numbers((rows, width), choose('f8', 'f4', 'i4', 'u2'))
    kind = choose('csv', 'tsv', 'index', 'parquet', 'feather')
    if kind in ('parquet', 'feather'):
        frame = pd.DataFrame({f'c{k}': values[:, k] for k in range(width)})
        file = path('.' + kind)
        getattr(frame, f'to_{kind}')(file)
        tell(file, 'pandas', {f'c{k}': right(values[:, k]) for k in range(width)})
        return
    # A name of words and numbers is one array; texts are as exact as the float64 that they write.
    frame = pd.DataFrame(values, columns=[f'u{k}' for k in range(width)])
    file = path('.tsv' if kind == 'tsv' else '.csv')
    frame.to_csv(file, index=kind == 'index', sep='\t' if kind == 'tsv' else ',')
    texts = pd.read_csv(file, sep='\t' if kind == 'tsv' else ',', index_col=0 if kind == 'index' else None, float_precision='round_trip')
    tell(file, 'pandas', {'u': right(texts.to_numpy(dtype='f8'))})


def by_polars():
    rows = int(rng.integers(1, 9))
    columns, arrays = {}, {}
    for k in range(rng.integers(1, 5)):
        name = f'c{k}'
        values = numbers((rows, *shape(2)[: rng.integers(0, 2)]), choose(*NUMBERS[1:]))
        if values.ndim == 1:
            columns[name] = pl.Series(values)
        else:
            columns[name] = pl.Series(values) if chance(0.5) else pl.Series(values.tolist(), dtype=pl.List(pl.Series(values.ravel()).dtype))
        arrays[name] = right(values)
    frame = pl.DataFrame(columns)
    kind = choose('ipc', 'parquet')
    file = path('.arrow' if kind == 'ipc' else '.parquet')
    if kind == 'ipc':
        frame.write_ipc(file, compression=choose('uncompressed', 'lz4', 'zstd'))
    else:
        frame.write_parquet(file, compression=choose('uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'))
    tell(file, 'polars', arrays)


while count < wanted:
    choose(by_numpy, by_h5py, by_scipy, by_pyarrow, by_pyarrow, by_pandas, by_polars)()
