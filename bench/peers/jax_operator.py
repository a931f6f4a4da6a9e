"""A peer of `bench/peers.mjs`: a Fourier neural operator in JAX, trained on the shards of a dataset that pyarrow reads.

Reads one JSON line: { folder, input, output, splits, stage, network: { modes, width, layers }, recipe, batch, steps or
cpuSeconds, learningRate, seed, checkpoint, wallSeconds }, and prints { parameters, steps, errors, trainingSeconds, … } once it is
done, or { unfinished, steps } after wallSeconds; the same line then goes on. In 1D.

recipe `ours`: SOAP, a random translation and reflection of each sample, output normalised as eq (4.2) demands; `adamw`: AdamW
with weight decay 1e-4, a linear output, data as it is, as libraries of neural operators come. Both: gelu, cosine schedule after a
warm-up of 2 %, the mean relative error as the loss, and the epoch that the validation split chooses. One thread.
"""

import glob
import json
import os
import pickle
import sys
import time

case = json.loads(sys.stdin.readline())
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import jax_soap
import numpy as np
import pyarrow as pa

START = time.monotonic()


def columns(folder, names):
    found = {name: [] for name in names}
    for shard in sorted(glob.glob(f"{folder}/shard-*.arrow")):
        with pa.memory_map(shard) as source:
            reader = pa.ipc.open_file(source)
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i)
                for name in names:
                    found[name].append(np.array(batch.column(name).to_numpy_ndarray()))
    return [np.concatenate(found[name]).astype(np.float32) for name in names]


def make(key, modes, width, layers):
    def draw(key, inputs, outputs):
        return jax.random.normal(key, (inputs, outputs)) / np.sqrt(inputs), jnp.zeros(outputs)

    keys = iter(jax.random.split(key, 3 * layers + 3))
    multiplier = lambda key: jax.random.normal(key, (modes, width, width)) / np.sqrt(2 * width)
    blocks = [(multiplier(next(keys)), multiplier(next(keys)), draw(next(keys), width, width)) for _ in range(layers)]
    return draw(next(keys), 1, width), blocks, draw(next(keys), width, 2 * width), draw(next(keys), 2 * width, 1)


def apply(tree, v):
    (lw, lb), blocks, (pw, pb), (qw, qb) = tree
    x = v[..., None] @ lw + lb
    for index, (real, imaginary, (weight, bias)) in enumerate(blocks):
        spectrum = jnp.fft.rfft(x, axis=1)[:, : real.shape[0]]
        product = jnp.einsum("bki,kio->bko", spectrum, real + 1j * imaginary)
        waves = jnp.fft.irfft(product, n=x.shape[1], axis=1)
        x = waves + x @ weight + bias
        if index < len(blocks) - 1:
            x = jax.nn.gelu(x)
    y = (jax.nn.gelu(x @ pw + pb) @ qw + qb)[..., 0]
    if STAGE == "linear":
        return y
    s = jax.nn.softplus(y)
    power = {"density": 1, "wavefunction": 2}[STAGE]
    return s / jnp.mean(s**power, axis=1, keepdims=True) ** (1 / power)


OURS = case["recipe"] == "ours"
STAGE = case["stage"] if OURS else "linear"
inputs, targets = columns(case["folder"], [case["input"], case["output"]])
splits = case["splits"]
held = splits["validation"] + splits["test"]
part = {
    "train": slice(0, splits["train"]),
    "validation": slice(len(inputs) - held, len(inputs) - splits["test"]),
    "test": slice(len(inputs) - splits["test"], len(inputs)),
}
own_inputs, own_targets = inputs[part["train"]], targets[part["train"]]
inputs = jnp.asarray((inputs - own_inputs.mean()) / own_inputs.std())
shift = 0.0 if STAGE != "linear" else own_targets.mean()
scale = np.sqrt(np.mean((own_targets - shift) ** 2)) if STAGE != "density" else own_targets.mean()
if STAGE == "wavefunction":
    scale = np.sqrt(np.mean(own_targets**2))
data = {name: (inputs[where], jnp.asarray(targets[where])) for name, where in part.items()}
count, batch = splits["train"], case["batch"]


@jax.jit
def errors(tree, v, u):
    difference = shift + scale * apply(tree, v) - u
    return jnp.linalg.norm(difference, axis=1) / jnp.linalg.norm(u, axis=1)


def moved(key, v, u):
    """Each sample, input and output alike, by a translation and perhaps a reflection of the circle."""
    n = v.shape[1]
    a, b = jax.random.split(key)
    sign = 1 - 2 * jax.random.randint(a, (v.shape[0], 1), 0, 2)
    places = (sign * jnp.arange(n) + jax.random.randint(b, (v.shape[0], 1), 0, n)) % n
    return jnp.take_along_axis(v, places, 1), jnp.take_along_axis(u, places, 1)


key = jax.random.key(case["seed"])
tree = make(key, **case["network"])
leaves, shape = jax.tree.flatten(tree)
parameters = sum(leaf.size for leaf in leaves)
PER_EPOCH = count // batch


@jax.jit
def epoch(leaves, states, number, total):
    key = jax.random.fold_in(jax.random.key(case["seed"] + 1), number)
    order = jax.random.permutation(key, count)[: PER_EPOCH * batch].reshape(PER_EPOCH, batch)

    def one(carry, k):
        leaves, states = carry
        t = number * PER_EPOCH + k
        v, u = data["train"][0][order[k]], data["train"][1][order[k]]
        if OURS:
            v, u = moved(jax.random.fold_in(key, k), v, u)
        gradients = jax.grad(lambda leaves: errors(jax.tree.unflatten(shape, leaves), v, u).mean())(leaves)
        warm = 0.02 * total
        share = jnp.clip((t - warm) / (total - warm), 0, 1)
        rate = case["learningRate"] * jnp.where(t < warm, (t + 1) / warm, 0.5 * (1 + jnp.cos(jnp.pi * share)))
        if OURS:
            return jax_soap.step(leaves, gradients, states, t, rate), None
        b1, b2, t1 = 0.9, 0.999, t + 1
        states = [{"m": b1 * s["m"] + (1 - b1) * g, "v": b2 * s["v"] + (1 - b2) * g**2} for s, g in zip(states, gradients)]
        move = lambda x, s: x - rate * (s["m"] / (1 - b1**t1) / (jnp.sqrt(s["v"] / (1 - b2**t1)) + 1e-8) + 1e-4 * x)
        return ([move(x, s) for x, s in zip(leaves, states)], states), None

    (leaves, states), _ = jax.lax.scan(one, (leaves, states), jnp.arange(PER_EPOCH))
    return leaves, states


def first_states():
    if OURS:
        return jax_soap.create(tree)[1]
    return [{"m": jnp.zeros_like(leaf), "v": jnp.zeros_like(leaf)} for leaf in leaves]


def steps_within(seconds):
    """Whole epochs that take so much CPU time, from a few that are thrown away."""
    states = first_states()

    def run():
        jax.block_until_ready((epoch(leaves, states, 0, 1000), errors(tree, *data["validation"])))

    run()
    start, rounds = time.process_time(), 3
    for _ in range(rounds):
        run()
    return max(10, round(seconds / ((time.process_time() - start) / rounds)))


path = case["checkpoint"]
if os.path.exists(path):
    with open(path, "rb") as file:
        saved = pickle.load(file)
else:
    epochs = case["steps"] // PER_EPOCH if "steps" in case else steps_within(case["cpuSeconds"])
    states = first_states()
    saved = {"epochs": epochs, "epoch": 0, "leaves": leaves, "states": states, "best": leaves, "error": np.inf, "cpu": 0.0}
# Compiled before the clock starts, as our engine is.
jax.block_until_ready(epoch(saved["leaves"], saved["states"], 0, 1000))
jax.block_until_ready(errors(tree, *data["validation"]))
began = time.process_time()
before = saved["cpu"]


def keep():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as file:
        pickle.dump(jax.tree.map(lambda x: np.asarray(x) if isinstance(x, jax.Array) else x, saved), file)
    os.replace(path + ".new", path)


while saved["epoch"] < saved["epochs"]:
    if time.monotonic() - START > case["wallSeconds"]:
        keep()
        print(json.dumps({"unfinished": saved["epoch"] / saved["epochs"], "cpuSeconds": saved["cpu"]}))
        sys.exit(0)
    saved["leaves"], saved["states"] = epoch(
        saved["leaves"], saved["states"], saved["epoch"], saved["epochs"] * PER_EPOCH
    )
    error = float(errors(jax.tree.unflatten(shape, saved["leaves"]), *data["validation"]).mean())
    saved["epoch"] += 1
    saved["cpu"] = before + time.process_time() - began
    if error < saved["error"]:
        saved["error"], saved["best"] = error, saved["leaves"]
keep()
best = jax.tree.unflatten(shape, saved["best"])
found = {name: np.asarray(errors(best, *pair)) for name, pair in data.items()}
few = data["test"][0][:40]
predict = jax.jit(lambda v: apply(best, v))
jax.block_until_ready(predict(few))
times = []
for _ in range(30):
    start = time.perf_counter()
    jax.block_until_ready(predict(few))
    times.append(time.perf_counter() - start)
summary = {name: {"mean": float(e.mean()), "median": float(np.median(e)), "worst": float(e.max())} for name, e in found.items()}
print(
    json.dumps(
        {
            "version": jax.__version__,
            "parameters": int(parameters),
            "steps": saved["epochs"] * PER_EPOCH,
            "errors": summary,
            "trainingSeconds": saved["cpu"],
            "inferenceSeconds": min(times) / 40,
        }
    )
)
