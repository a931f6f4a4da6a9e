"""The peer of `bench/engine.mjs` in JAX: the same network, loss and batch, jitted, float32, on the CPU.

Reads and prints what `torch_mnn.py` does; with `recipe` in the case its loss and gradient are those of softplus and an output
normalised as eq (4.2) demands, and `step` is the rate of whole steps with SOAP. JAX takes its number of threads from the environment.
"""

import json
import os
import sys

if __name__ == "__main__":
    case = json.loads(sys.stdin.readline())
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if case['threads'] > 1 else 'false'}"
    os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import jax_soap
import numpy as np
from rate import samples_per_second


def blocks(v, side, dimension):
    """[batch, N, …] to [batch, boxes, …, points of a box]."""
    boxes = v.shape[1] // side
    x = v.reshape([v.shape[0]] + [boxes, side] * dimension)
    x = x.transpose([0] + [1 + 2 * a for a in range(dimension)] + [2 + 2 * a for a in range(dimension)])
    return x.reshape([v.shape[0]] + [boxes] * dimension + [side**dimension])


def unblocks(x, side, dimension):
    boxes = x.shape[1]
    v = x.reshape([x.shape[0]] + [boxes] * dimension + [side] * dimension)
    order = [0]
    for a in range(dimension):
        order += [1 + a, 1 + dimension + a]
    return v.transpose(order).reshape([x.shape[0]] + [side * boxes] * dimension)


def kernel(x, parameters, activation, dimension):
    """`activation`: a function, or None."""
    weight, bias = parameters
    reach = (weight.shape[0] - 1) // 2
    x = jnp.pad(x, [(0, 0)] + [(reach, reach)] * dimension + [(0, 0)], mode="wrap")
    letters = "DHW"[-dimension:]
    layout = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    y = jax.lax.conv_general_dilated(x, weight, [1] * dimension, "VALID", dimension_numbers=layout) + bias
    return activation(y) if activation else y


def make(dimension, points, levels, channels, kernelLayers, activation=jax.nn.relu):
    random = np.random.default_rng(0)

    def draw(*shape):
        fan_in = int(np.prod(shape[:-1]))
        return jnp.asarray(random.normal(size=shape) / np.sqrt(fan_in), jnp.float32), jnp.zeros(shape[-1], jnp.float32)

    parameters = []
    for level in range(2, levels + 1):
        box = (points // 2**level) ** dimension
        window = [5 if level == 2 else 7] * dimension
        kernels = [draw(*window, channels, channels) for _ in range(kernelLayers)]
        parameters.append((draw(box, channels), kernels, draw(channels, box)))
    width = (points // 2**levels) ** dimension
    adjacent = [draw(*([3] * dimension), width, width) for _ in range(kernelLayers)]

    def apply(tree, v):
        levels_, adjacent_ = tree
        u = 0
        for index, ((rw, rb), kernels, (iw, ib)) in enumerate(levels_):
            side = points // 2 ** (index + 2)
            x = blocks(v, side, dimension) @ rw + rb
            for k in kernels:
                x = kernel(x, k, activation, dimension)
            u = u + unblocks(x @ iw + ib, side, dimension)
        side = points // 2**levels
        x = blocks(v, side, dimension)
        for i, k in enumerate(adjacent_):
            x = kernel(x, k, activation if i < kernelLayers - 1 else None, dimension)
        return u + unblocks(x, side, dimension)

    return (parameters, adjacent), apply


def main():
    dimension, points, batch = case["dimension"], case["points"], case["batch"]
    recipe = case.get("recipe", False)
    activation = jax.nn.softplus if recipe else jax.nn.relu
    tree, linear = make(dimension, points, case["levels"], case["channels"], case["kernelLayers"], activation)
    axes = tuple(range(1, dimension + 1))

    def wavefunction(tree, v):
        s = jax.nn.softplus(linear(tree, v))
        return s / jnp.sqrt(jnp.mean(s**2, axis=axes, keepdims=True))

    apply = wavefunction if recipe else linear
    random = np.random.default_rng(1)
    inputs, targets = (jnp.asarray(random.normal(size=[batch] + [points] * dimension), jnp.float32) for _ in range(2))
    weights = 1 / jnp.square(targets).reshape(batch, -1).sum(1)

    def loss(tree):
        squares = weights * jnp.square(apply(tree, inputs) - targets).reshape(batch, -1).sum(1)
        return (jnp.sqrt(squares) if recipe else squares).mean()

    step, predict = jax.jit(jax.value_and_grad(loss)), jax.jit(apply)
    rates = [
        samples_per_second(run, batch, case["seconds"])
        for run in (lambda: jax.block_until_ready(step(tree)), lambda: jax.block_until_ready(predict(tree, inputs)))
    ]
    found = {}
    if recipe:
        leaves, shape = jax.tree.flatten(tree)

        @jax.jit
        def whole(leaves, states, t):
            gradients = jax.grad(lambda leaves: loss(jax.tree.unflatten(shape, leaves)))(leaves)
            return jax_soap.step(flat(leaves), flat(gradients), states, t, 1e-3)

        # A layer's weight as a matrix of its outputs and all it reads, as SOAP has it.
        flat = lambda leaves: [x.reshape(-1, x.shape[-1]) if x.ndim > 1 else x for x in leaves]
        state = [leaves, jax_soap.create(flat(leaves))[1], 0]

        def one():
            moved, states = jax.block_until_ready(whole(state[0], state[1], state[2]))
            state[:] = [[x.reshape(like.shape) for x, like in zip(moved, leaves)], states, state[2] + 1]

        found["step"] = samples_per_second(one, batch, case["seconds"])
    print(json.dumps(found | {"version": jax.__version__, "training": rates[0], "inference": rates[1]}))


if __name__ == "__main__":
    main()
