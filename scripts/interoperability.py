"""Reads what interoperability-test.mjs wrote with every client and compares every value with its formula."""
import glob
import sys

import numpy as np

root = sys.argv[1]
shards = sorted(glob.glob(f'{root}/data/shard-*.arrow'))
SAMPLES = 25
i = np.arange(SAMPLES)
EXPECTED = {
    'field': (i[:, None] + np.arange(8) / 8).astype(np.float32).reshape(-1, 4, 2),
    'fine': i[:, None] / 3 + np.arange(3),
    'energy': -i / 3,
    'steps': -i.astype(np.int32),
    'index': i.astype(np.uint32),
    'status': np.array(['ungerade – odd' if k % 2 else 'gerade' for k in i]),
}


def compare(found: dict, names=tuple(EXPECTED)) -> None:
    for name in names:
        array, expected = np.asarray(found[name]), EXPECTED[name]
        if expected.dtype.kind != 'U':
            assert array.dtype == expected.dtype, f'{name} is {array.dtype}; expected {expected.dtype}'
        array = array.reshape(expected.shape)
        assert (array == expected).all(), f'{name} differs'


def from_arrow(table) -> dict:
    found = {}
    for name in EXPECTED:
        column = table.column(name).combine_chunks()
        if hasattr(column, 'to_numpy_ndarray'):
            found[name] = column.to_numpy_ndarray()
        elif name in ('field', 'fine'):
            found[name] = column.flatten().to_numpy()
        else:
            found[name] = np.array(column.to_pylist(), EXPECTED[name].dtype)
    return found


def read_pyarrow():
    import pyarrow as pa
    table = pa.concat_tables([pa.ipc.open_file(shard).read_all().replace_schema_metadata() for shard in shards])
    assert isinstance(table.column('field').chunk(0), pa.FixedShapeTensorArray), 'field is no FixedShapeTensorArray'
    assert table.schema.field('field').type.shape == [4, 2]
    compare(from_arrow(table))
    for shard in shards:
        with pa.memory_map(shard) as source:
            pa.ipc.open_file(source).read_all().validate(full=True)
    for name in ('tensors', 'plain'):
        with pa.memory_map(f'{root}/{name}.arrows') as source:
            table = pa.ipc.open_stream(source).read_all()
        table.validate(full=True)
        compare(from_arrow(table))
    return pa.__version__


def read_pyarrow_dataset():
    import pyarrow as pa
    import pyarrow.dataset as ds
    table = ds.dataset(shards, format='ipc').to_table()
    compare(from_arrow(table))
    return pa.__version__


def read_numpy():
    compare({name: np.load(f'{root}/npy/{name}.npy', mmap_mode='r') for name in EXPECTED})
    return np.__version__


def read_pandas():
    import pandas as pd
    import pyarrow as pa
    frames = [pa.ipc.open_file(shard).read_all().to_pandas() for shard in shards]
    frame = pd.concat(frames, ignore_index=True)
    compare({name: np.stack(list(frame[name])) if name in ('field', 'fine') else frame[name].to_numpy() for name in EXPECTED})
    frame = pd.concat([pd.read_feather(shard) for shard in shards], ignore_index=True)
    compare({name: np.stack(list(frame[name])) if name in ('field', 'fine') else frame[name].to_numpy() for name in EXPECTED})
    return pd.__version__


def read_polars():
    import polars as pl
    frame = pl.read_ipc_stream(f'{root}/plain.arrows')
    compare({name: np.stack(list(frame[name].to_numpy())) if name in ('field', 'fine') else frame[name].to_numpy() for name in EXPECTED})
    # Shards as they are: the storage of the tensor type, an array of a fixed width.
    frame = pl.concat([pl.read_ipc(shard) for shard in shards])
    scalars = [name for name in EXPECTED if name not in ('field', 'fine')]
    compare({name: frame[name].to_numpy() for name in scalars}, scalars)
    found = {}
    for name in ('field', 'fine'):
        series = frame[name]
        series = series.ext.storage() if hasattr(series, 'ext') else series
        found[name] = np.stack(list(series.to_numpy()))
    compare(found, ['field', 'fine'])
    return pl.__version__


def read_duckdb():
    import duckdb
    import pyarrow as pa
    with pa.memory_map(f'{root}/plain.arrows') as source:
        table = pa.ipc.open_stream(source).read_all()
        result = duckdb.sql('select * from "table" order by index').fetchnumpy()
        compare({name: np.stack([np.asarray(v) for v in result[name]]) for name in EXPECTED})
        mean = duckdb.sql('select avg(energy) from "table" where status = \'gerade\'').fetchall()[0][0]
        assert abs(mean - EXPECTED['energy'][::2].mean()) < 1e-12
    return duckdb.__version__


def read_datasets():
    import datasets
    dataset = datasets.Dataset.from_file(f'{root}/plain.arrows')
    # Lists of Python numbers: the formatter for NumPy rounds float64 to float32.
    found = dataset[:]
    compare({name: np.asarray(found[name], EXPECTED[name].dtype) for name in EXPECTED})
    return datasets.__version__


def read_parquet():
    """The same Parquet file by each of its readers."""
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow.parquet as pq
    path = f'{root}/data.parquet'
    table = pq.read_table(path)
    table.validate(full=True)
    compare(from_arrow(table))
    tensors = ('field', 'fine')
    frame = pd.read_parquet(path)
    compare({name: np.stack(list(frame[name])) if name in tensors else frame[name].to_numpy() for name in EXPECTED})
    frame = pl.read_parquet(path)
    compare({name: np.stack([np.asarray(v) for v in frame[name]]) if name in tensors else frame[name].to_numpy() for name in EXPECTED})
    result = duckdb.sql(f"select * from '{path}' order by index").fetchnumpy()
    compare({name: np.stack([np.asarray(v) for v in result[name]]) for name in EXPECTED})
    return 'by pyarrow, pandas, polars and duckdb'


def read_h5py():
    """Reads our export, and writes files for `dyadic import`: samples first, as MATLAB does, and of the other byte order."""
    import h5py
    numbers = [name for name in EXPECTED if name != 'status']
    with h5py.File(f'{root}/data.h5') as file:
        compare({name: file[name][:] for name in numbers}, numbers)
    tensor = i[:, None, None] + (np.arange(8) / 8).reshape(1, 4, 2)
    for name, order, kind in (('authors', 1, '<f4'), ('matlab', -1, '<f8'), ('bigendian', 1, '>f8')):
        with h5py.File(f'{root}/{name}.h5', 'w') as file:
            # MATLAB's column-major order: the axes reversed.
            arrays = [array if order > 0 else array.transpose() for array in (tensor, -tensor)]
            for place, array in zip(('Input', 'Output'), arrays):
                file.create_dataset(place, data=array.astype(kind), compression='gzip' if name == 'matlab' else None)
            file['E'] = (i[:, None] / 3).astype('<f8')
    return h5py.__version__


failed = 0
for read in (read_numpy, read_pyarrow, read_pyarrow_dataset, read_pandas, read_polars, read_duckdb, read_datasets, read_parquet, read_h5py):
    name = read.__name__.removeprefix('read_').replace('_', '.')
    try:
        print(f'{name} {read()}: every value as written')
    except Exception as error:  # one client that fails must not hide the others
        failed += 1
        print(f'{name}: {type(error).__name__}: {error}')
sys.exit(1 if failed else 0)
