"""SOAP in JAX, from the same equations as `Soap` of @dyadic/training: every array of a tree is a stack of matrices, its last two axes."""

import jax
import jax.numpy as jnp


def _sides(value):
    return value.shape[-2:] if value.ndim >= 2 else None


def create(tree):
    """The state before the first step."""

    def one(value):
        zeros = jnp.zeros_like(value)
        if _sides(value) is None:
            return {"m": zeros, "v": zeros}
        eye = lambda n: jnp.broadcast_to(jnp.eye(n, dtype=value.dtype), value.shape[:-2] + (n, n))
        rows, columns = _sides(value)
        return {"m": zeros, "v": zeros, "L": 0 * eye(rows), "R": 0 * eye(columns), "QL": eye(rows), "QR": eye(columns)}

    leaves, shape = jax.tree.flatten(tree)
    return shape, [one(value) for value in leaves]


def _refresh(gram, basis):
    trace = jnp.trace(gram, axis1=-2, axis2=-1)[..., None, None]
    damped = gram / jnp.maximum(trace, 1e-30) + 1e-3 / gram.shape[-1] * jnp.eye(gram.shape[-1], dtype=gram.dtype)
    return jnp.where(trace > 0, jnp.linalg.qr(damped @ basis)[0], basis)


def step(leaves, gradients, states, t, rate, beta1=0.95, beta2=0.99, epsilon=1e-8, refresh_every=10):
    """Leaves and states after step t, from 0: the first only starts the bases."""
    T = lambda x: jnp.swapaxes(x, -1, -2)
    keep = jnp.where(t == 0, 0.0, beta2)
    c1, c2 = 1 / (1 - beta1 ** jnp.maximum(t, 1)), 1 / (1 - beta2 ** jnp.maximum(t, 1))

    def one(value, g, s):
        matrix = "QL" in s
        rotated = T(s["QL"]) @ g @ s["QR"] if matrix else g
        m = jnp.where(t == 0, s["m"], beta1 * s["m"] + (1 - beta1) * rotated)
        v = jnp.where(t == 0, s["v"], beta2 * s["v"] + (1 - beta2) * rotated**2)
        direction = c1 * m / (jnp.sqrt(c2 * v) + epsilon)
        moved = value - jnp.where(t == 0, 0.0, rate) * (s["QL"] @ direction @ T(s["QR"]) if matrix else direction)
        if not matrix:
            return moved, {"m": m, "v": v}
        L, R = keep * s["L"] + (1 - keep) * g @ T(g), keep * s["R"] + (1 - keep) * T(g) @ g

        def turn(m):
            QL, QR = _refresh(L, s["QL"]), _refresh(R, s["QR"])
            return T(QL) @ (s["QL"] @ m @ T(s["QR"])) @ QR, QL, QR

        m, QL, QR = jax.lax.cond(t % refresh_every == 0, turn, lambda m: (m, s["QL"], s["QR"]), m)
        return moved, {"m": m, "v": v, "L": L, "R": R, "QL": QL, "QR": QR}

    pairs = [one(*each) for each in zip(leaves, gradients, states)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
