"""JAX: a compiled step of training that takes its arguments' memory for its results."""
import os

# Alone it would take three quarters of the GPU, and four run alone at once.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_gpu_deterministic_ops=true"

import functools
import importlib.util

import workload
from workload import MIB, missing, need

jax = need("jax")
jnp = need("jax.numpy")

PLUGINS = ("jax_cuda13_plugin", "jax_cuda12_plugin")
WIDTH, BATCH = 256, 64
ROW = MIB // 4


@functools.partial(jax.jit, static_argnums=0)
def filled(rows, seed):
    words = jnp.arange(rows * ROW, dtype=jnp.uint32) * jnp.uint32(1664525) + seed
    # No two rows have the same sum.
    return words.reshape(rows, ROW) + jnp.arange(rows, dtype=jnp.uint32)[:, None]


def loss(weights, images):
    hidden = jnp.tanh(images @ weights["first"])
    return jnp.mean((hidden @ weights["second"] - images) ** 2)


@functools.partial(jax.jit, donate_argnums=(0, 1))
def step(weights, ballast, key, number):
    images = jax.random.normal(jax.random.fold_in(key, number), (BATCH, WIDTH))
    slopes = jax.grad(loss)(weights, images)
    weights = jax.tree.map(lambda weight, slope: weight - 0.1 * slope, weights, slopes)
    return weights, ballast * jnp.uint32(5) + number


@jax.jit
def sums(ballast):
    return ballast.sum(axis=1, dtype=jnp.uint32)


class Training:
    def __init__(self, said):
        # By name: for want of a GPU JAX would quietly compute on the CPU.
        jax.config.update("jax_platforms", said.device)
        if said.device == "cuda" and not any(map(importlib.util.find_spec, PLUGINS)):
            missing("jax with CUDA")
        self.using = f"jax {jax.__version__}"
        self.key = jax.random.key(said.seed)
        first, second = jax.random.split(self.key)
        self.weights = {"first": jax.random.normal(first, (WIDTH, WIDTH)) / 16,
                        "second": jax.random.normal(second, (WIDTH, WIDTH)) / 16}
        self.ballast = filled(said.memory, jnp.uint32(said.seed))

    def round(self, number):
        self.weights, self.ballast = step(
            self.weights, self.ballast, self.key, jnp.uint32(number))

    def contents(self):
        yield jax.device_get(sums(self.ballast)).tobytes()
        for name in sorted(self.weights):
            yield jax.device_get(self.weights[name]).tobytes()


workload.main(Training)
