"""The peer of `bench/fourier.mjs` in JAX: the same Fourier network, loss and batch, jitted, float32, on the CPU.

Reads one JSON line, { dimension, points, modes, width, layers, batch, activation, threads, seconds }, and prints
{ samplesPerSecond }.
Transforms are real FFTs, of which the lower frequencies are kept.
"""

import json
import os
import sys

if __name__ == "__main__":
    case = json.loads(sys.stdin.readline())
    # XLA has threads of its own beside Eigen's: only as many processors as there are to be threads.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: case["threads"]])
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if case['threads'] > 1 else 'false'}"
    os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
from rate import samples_per_second


ACTIVATIONS = {"softplus": jax.nn.softplus, "squareplus": jax.nn.squareplus}


def make(dimension, points, modes, width, layers, activation="softplus"):
    phi = ACTIVATIONS[activation]
    random = np.random.default_rng(0)

    def draw(inputs, outputs):
        weight = random.normal(size=(inputs, outputs)) / np.sqrt(inputs)
        return jnp.asarray(weight, jnp.float32), jnp.zeros(outputs, jnp.float32)

    kept = (2 * modes - 1,) * (dimension - 1) + (modes,)

    def multiplier():
        shape = kept + (width, width)
        return tuple(jnp.asarray(random.normal(size=shape) / np.sqrt(2 * width), jnp.float32) for _ in range(2))

    axes = tuple(range(1, dimension + 1))
    # Frequencies -(M - 1) … M - 1 along all axes but the last, on which the input is real.
    rows = np.r_[0:modes, points - modes + 1 : points]
    index = np.ix_(*([rows] * (dimension - 1)), np.arange(modes)) if dimension > 1 else (np.arange(modes),)

    def fourier(x, parameters):
        (real, imaginary), (weight, bias) = parameters
        spectrum = jnp.fft.rfftn(x, axes=axes)[(slice(None), *index)]
        product = jnp.einsum("b...i,...io->b...o", spectrum, real + 1j * imaginary)
        whole = jnp.zeros((x.shape[0],) + (points,) * (dimension - 1) + (points // 2 + 1, width), jnp.complex64)
        waves = jnp.fft.irfftn(whole.at[(slice(None), *index)].set(product), s=(points,) * dimension, axes=axes)
        return phi(waves + x @ weight + bias)

    tree = draw(1, width), [(multiplier(), draw(width, width)) for _ in range(layers)], draw(width, 2 * width), draw(2 * width, 1)

    def apply(tree, v):
        (lw, lb), blocks, (pw, pb), (qw, qb) = tree
        x = v[..., None] @ lw + lb
        for block in blocks:
            x = fourier(x, block)
        return (phi(x @ pw + pb) @ qw + qb)[..., 0]

    return tree, apply


def main(case):
    tree, apply = make(*(case[name] for name in ("dimension", "points", "modes", "width", "layers", "activation")))
    random = np.random.default_rng(1)
    shape = (case["batch"],) + (case["points"],) * case["dimension"]
    v, u = (jnp.asarray(random.normal(size=shape), jnp.float32) for _ in range(2))
    weights = 1 / jnp.sum(u**2, axis=tuple(range(1, u.ndim)))

    @jax.jit
    def step(tree):
        def loss(tree):
            return jnp.mean(weights * jnp.sum((apply(tree, v) - u) ** 2, axis=tuple(range(1, u.ndim))))

        return jax.value_and_grad(loss)(tree)

    run = lambda: jax.block_until_ready(step(tree))
    print(json.dumps({"samplesPerSecond": samples_per_second(run, case["batch"], case["seconds"])}))


if __name__ == "__main__":
    main(case)
