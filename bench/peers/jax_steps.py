"""Steps per second in JAX on the GPU: loss, gradient and AdamW in one jitted step. Reads and prints what torch_steps.py does.

The network is that of `jax_mnn.py`.
"""

import json
import os
import sys
import time

os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"

import jax
import jax.numpy as jnp
import numpy as np
from jax_mnn import make

case = json.loads(sys.stdin.readline())
if jax.default_backend() != "gpu":
    sys.exit("JAX finds no GPU")
dimension, points, batch = case["dimension"], case["points"], case["batch"]
jax.config.update("jax_default_matmul_precision", "highest")
tree, apply = make(dimension, points, case["levels"], case["channels"], case["kernelLayers"])
random = np.random.default_rng(1)
inputs, targets = (jnp.asarray(random.normal(size=[batch] + [points] * dimension), jnp.float32) for _ in range(2))
weights = 1 / jnp.square(targets).reshape(batch, -1).sum(1)


def loss(tree):
    return (weights * jnp.square(apply(tree, inputs) - targets).reshape(batch, -1).sum(1)).mean()


@jax.jit
def step(state):
    tree, first, second, t = state
    gradient = jax.grad(loss)(tree)
    t = t + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)

    def move(p, m, v):
        return p * (1 - 1e-5) - 1e-3 * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return jax.tree.map(move, tree, first, second), first, second, t


zeros = jax.tree.map(jnp.zeros_like, tree)
state = (tree, zeros, zeros, jnp.float32(0))
for _ in range(10):
    state = step(state)
jax.block_until_ready(state)
steps, start = 0, time.perf_counter()
while time.perf_counter() - start < case["seconds"]:
    for _ in range(20):
        state = step(state)
    jax.block_until_ready(state)
    steps += 20
rate = steps / (time.perf_counter() - start)
print(json.dumps({"version": jax.__version__, "device": str(jax.devices()[0]), "jitted": round(rate, 1)}))
