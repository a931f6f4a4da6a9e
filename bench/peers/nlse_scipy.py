"""The NLSE peer of `bench/solvers.mjs`: ground states of -Lap u + V u + beta u^3 = E u with NumPy and scipy.fft.

Unknowns are Fourier coefficients scaled so that the plain dot product is that of L2: -Lap is a diagonal, and one
application of the Hamiltonian costs two real transforms. Two methods:

- backward Euler (Bao and Du 2004): (1/tau - Lap + V + beta u^2) w = u / tau, u <- w / |w|, tau = 1, each system by
  preconditioned conjugate gradients from the last step's solution;
- Newton's method on the sphere, damped by a pseudo-time step that doubles, its systems by projected preconditioned CG to
  a tolerance that tightens with the residual.

Reads one JSON line from standard input and prints one (see `bench/solvers.mjs`).
"""

import numpy as np
from scipy import fft
from solver_peer import main, shortest_times


class Basis:
    """Scaled half-complex Fourier coefficients as real vectors."""

    def __init__(self, dimension, points, length):
        self.shape = (points,) * dimension
        k = 2 * np.pi / length * fft.fftfreq(points, 1 / points)
        half = 2 * np.pi / length * fft.rfftfreq(points, 1 / points)
        axes = np.meshgrid(*[k] * (dimension - 1), half, indexing="ij")
        k2 = sum(axis**2 for axis in axes)
        weights = np.full(k2.shape, np.sqrt(2.0))
        weights[..., 0] = 1.0  # of k = 0 and of the highest frequency there is one, of the others a pair
        weights[..., -1] = 1.0
        scale = np.sqrt(length**dimension / points**dimension)
        self.forward = weights * scale
        self.backward = 1 / self.forward
        self.k2 = np.repeat(k2.ravel(), 2)  # one entry for the real, one for the imaginary part

    def to_coefficients(self, values):
        return (fft.rfftn(values, norm="ortho") * self.forward).ravel().view(np.float64)

    def to_values(self, coefficients):
        spectrum = coefficients.view(np.complex128).reshape(self.forward.shape) * self.backward
        return fft.irfftn(spectrum, s=self.shape, norm="ortho", overwrite_x=True)


class Problem:
    def __init__(self, basis, potential, beta):
        self.basis, self.potential, self.beta = basis, potential.reshape(basis.shape), beta

    def multiply(self, field, c):
        """(-Lap + field) c"""
        return self.basis.k2 * c + self.basis.to_coefficients(field * self.basis.to_values(c))

    def evaluate(self, c):
        """Values, chemical potential, residual, and its root mean square relative to max(1, |E|)."""
        u = self.basis.to_values(c)
        gradient = self.basis.k2 * c + self.basis.to_coefficients((self.potential + self.beta * u * u) * u)
        mu = c @ gradient
        residual = gradient - mu * c
        return u, mu, residual, np.linalg.norm(residual) / max(1.0, abs(mu))

    def energy(self, c, u):
        cell = self.basis.forward[(0,) * u.ndim] ** 2
        return c @ (self.basis.k2 * c) + cell * np.sum(self.potential * u**2 + self.beta / 2 * u**4)


def start(basis):
    c = basis.to_coefficients(np.ones(basis.shape))
    return c / np.linalg.norm(c)


def backward_euler(problem, tolerance, tau=1.0, most=2000):
    """The normalized gradient flow. Returns c and E."""
    c = start(problem.basis)
    for _ in range(most):
        u, mu, residual, relative = problem.evaluate(c)
        if relative <= tolerance:
            return c, mu
        field = problem.potential + problem.beta * u * u + 1 / tau
        inverse = 1 / (problem.basis.k2 + max(np.mean(field), 1.0))
        # from w = c / (1 + tau mu): what an eigenvector would give
        w = c / (1 + tau * mu)
        r = c / tau - problem.multiply(field, w)
        c = w + conjugate_gradients(lambda p: problem.multiply(field, p), r, inverse, 0.1 * np.linalg.norm(r))
        c /= np.linalg.norm(c)
    raise RuntimeError("backward Euler did not converge")


def conjugate_gradients(apply, r, inverse, bound, most=200):
    x, p, rho = np.zeros_like(r), None, 1.0
    for _ in range(most):
        z = inverse * r
        last, rho = rho, r @ z
        p = z if p is None else z + (rho / last) * p
        q = apply(p)
        alpha = rho / (p @ q)
        x += alpha * p
        r = r - alpha * q
        if np.linalg.norm(r) <= bound:
            break
    return x


def newton(problem, tolerance, most=200):
    """Newton's method with pseudo-transient continuation. Returns c and E."""
    k2 = problem.basis.k2
    c = start(problem.basis)
    u, mu, residual, relative = problem.evaluate(c)
    energy = problem.energy(c, u)
    shift = 1 + relative * max(1.0, abs(mu))
    for _ in range(most):
        if relative <= tolerance:
            return c, mu
        field = problem.potential + 3 * problem.beta * u * u - mu + shift
        inverse = 1 / (k2 + max(np.mean(field), 1.0))
        forcing = max(min(0.1, relative), 0.3 * tolerance / relative)
        step = tangent_step(problem, c, field, residual, inverse, forcing * np.linalg.norm(residual))
        trial = None if step is None else (c + step) / np.linalg.norm(c + step)
        if trial is not None:
            values, trial_mu, trial_residual, trial_relative = problem.evaluate(trial)
            trial_energy = problem.energy(trial, values)
            rounding = 1e-12 * max(1.0, abs(energy), abs(mu))
            falls = trial_energy < energy - rounding
            if falls or (trial_energy <= energy + rounding and trial_relative < relative):
                c, u, mu, energy = trial, values, trial_mu, trial_energy
                residual, relative = trial_residual, trial_relative
                shift /= 2
                continue
        shift *= 4
    raise RuntimeError("Newton's method did not converge")


def tangent_step(problem, c, field, residual, inverse, bound, most=200):
    """Projected CG for (-Lap + field) d = -residual on the tangent space of c; None if it is not positive there."""
    mc = inverse * c
    norm = c @ mc
    x, r, p, rho = np.zeros_like(c), -residual, None, 1.0
    for _ in range(most):
        z = inverse * r
        z -= (c @ z) / norm * mc
        last, rho = rho, r @ z
        p = z if p is None else z + (rho / last) * p
        q = problem.multiply(field, p)
        curvature = p @ q
        if curvature <= 0:
            return None
        x += (rho / curvature) * p
        r = r - (rho / curvature) * (q - (c @ q) * c)
        if np.linalg.norm(r) <= bound:
            break
    return x


METHODS = {"backward Euler, CG": backward_euler, "Newton-CG": newton}


def solve_all(task, potentials):
    grid = task["grid"]
    basis = Basis(grid["dimension"], grid["points"], grid["length"])
    problems = [Problem(basis, potential, task["beta"]) for potential in potentials]
    for name, method in METHODS.items():
        run = lambda problem: method(problem, task["tolerance"])
        seconds, states = shortest_times(run, problems, task["seconds"])
        relative = [problem.evaluate(c)[3] for problem, (c, _) in zip(problems, states)]
        rms = max(relative) / np.sqrt(grid["length"] ** grid["dimension"])
        yield {"name": name, "seconds": seconds, "residual": rms, "values": [[mu] for _, mu in states]}


if __name__ == "__main__":
    main(solve_all)
