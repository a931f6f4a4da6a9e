"""The Kohn-Sham peer of `bench/solvers.mjs`: the lowest n_e + 1 eigenpairs of -Lap/2 + V with NumPy and SciPy.

`scipy.linalg.eigh(subset_by_index)` of the full pseudo-spectral matrix, by default in 1D, and
`scipy.sparse.linalg.lobpcg`, by default in 2D, or both where the task's `methods` say so. The latter with
the Hamiltonian and the preconditioner (|k|^2/2 + a)^-1 in FFTs, started from the plane waves of least kinetic energy,
closed shells of them: a cluster of eigenvalues cut in two converges slowly.

Reads one JSON line from standard input and prints one (see `bench/solvers.mjs`).
"""

import warnings

import numpy as np
from scipy import fft
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator, lobpcg
from solver_peer import main, shortest_times


class Grid:
    def __init__(self, dimension, points, length):
        self.shape = (points,) * dimension
        self.size = points**dimension
        self.axes = tuple(range(dimension))
        k = 2 * np.pi / length * fft.fftfreq(points, 1 / points)
        half = 2 * np.pi / length * fft.rfftfreq(points, 1 / points)
        mesh = np.meshgrid(*[k] * (dimension - 1), half, indexing="ij")
        self.kinetic = 0.5 * sum(axis**2 for axis in mesh)
        full = np.meshgrid(*[k] * dimension, indexing="ij")
        self.full_kinetic = 0.5 * sum(axis**2 for axis in full)

    def filtered(self, symbol, block):
        """A Fourier multiplier applied to the columns of a block."""
        fields = block.T.reshape((-1, *self.shape))
        axes = tuple(axis + 1 for axis in self.axes)
        spectrum = fft.rfftn(fields, axes=axes)
        spectrum *= symbol
        return fft.irfftn(spectrum, s=self.shape, axes=axes, overwrite_x=True).reshape(-1, self.size).T

    def closed_shell(self, least):
        """At least so many plane waves of least kinetic energy, all of an energy or none."""
        energies = np.sort(self.full_kinetic.ravel())
        return int(np.searchsorted(energies, energies[least - 1] * (1 + 1e-9), side="right"))

    def plane_waves(self, count):
        """So many real plane waves of least kinetic energy, orthonormal columns."""
        energies = self.full_kinetic.ravel()
        order = np.argsort(energies, kind="stable")
        waves = []
        for index in order[: 2 * count + 1]:
            spectrum = np.zeros(self.size, complex)
            spectrum[index] = 1
            wave = fft.ifftn(spectrum.reshape(self.shape)).ravel()
            waves += [wave.real, wave.imag]
        q, r = np.linalg.qr(np.array(waves).T)
        independent = np.abs(np.diag(r)) > 1e-10 * np.abs(r[0, 0])
        return q[:, independent][:, :count]


def dense(kinetic_matrix, potential, wanted):
    matrix = kinetic_matrix + np.diag(potential)
    return eigh(matrix, subset_by_index=[0, wanted - 1], overwrite_a=True, check_finite=False, driver="evr")


def iterative(grid, start, potential, wanted, tolerance):
    shape = (grid.size, grid.size)
    apply = lambda x: grid.filtered(grid.kinetic, x) + potential[:, None] * x
    hamiltonian = LinearOperator(shape, matvec=lambda x: apply(x.reshape(-1, 1)), matmat=apply, dtype=float)
    inverse = 1 / (grid.kinetic + max(1.0, np.ptp(potential)))
    precondition = lambda x: grid.filtered(inverse, x)
    preconditioner = LinearOperator(
        shape, matvec=lambda x: precondition(x.reshape(-1, 1)), matmat=precondition, dtype=float
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, vectors = lobpcg(hamiltonian, start, M=preconditioner, tol=tolerance, maxiter=500, largest=False)
    order = np.argsort(values)[:wanted]
    return values[order], vectors[:, order]


def solve_all(task, potentials):
    options = task["grid"]
    grid = Grid(options["dimension"], options["points"], options["length"])
    wanted = task["electrons"] + 1
    volume = options["length"] ** options["dimension"]
    for name in task.get("methods") or ["eigh" if options["dimension"] == 1 else "lobpcg"]:
        if name == "eigh":
            matrix = grid.filtered(grid.kinetic, np.eye(grid.size))
            matrix = (matrix + matrix.T) / 2
            run = lambda potential: dense(matrix, potential, wanted)
        else:
            start = grid.plane_waves(grid.closed_shell(wanted))
            run = lambda potential: iterative(grid, start, potential, wanted, task["tolerance"])
        seconds, states = shortest_times(run, potentials, task["seconds"])
        residual = 0.0
        for potential, (values, vectors) in zip(potentials, states):
            r = grid.filtered(grid.kinetic, vectors) + potential[:, None] * vectors - vectors * values
            rms = np.linalg.norm(r, axis=0) / np.sqrt(volume) / np.maximum(1, np.abs(values))
            residual = max(residual, rms[:-1].max())
        yield {
            "name": name,
            "seconds": seconds,
            "residual": float(residual),
            "values": [list(map(float, values)) for values, _ in states],
        }


if __name__ == "__main__":
    main(solve_all)
