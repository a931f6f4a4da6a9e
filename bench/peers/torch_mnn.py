"""The peer of `bench/engine.mjs`: the same network, loss and batch in PyTorch, eager, float32, on the CPU.

Reads one JSON line {"dimension", "points", "levels", "channels", "kernelLayers", "batch", "threads", "seconds"} from
standard input and prints one JSON line {"version", "training", "inference"}: samples per second, the best of
twenty repetitions.
"""

import json
import sys

import torch
from rate import samples_per_second
from torch import nn
from torch.nn import functional as F

CONVOLUTIONS = {1: (nn.Conv1d, nn.ConvTranspose1d), 2: (nn.Conv2d, nn.ConvTranspose2d), 3: (nn.Conv3d, nn.ConvTranspose3d)}


class Kernel(nn.Module):
    """A periodic convolution."""

    def __init__(self, dimension, channels, window, activation):
        super().__init__()
        self.padding = [(window - 1) // 2] * (2 * dimension)
        self.window = window
        self.convolution = CONVOLUTIONS[dimension][0](channels, channels, window)
        self.activation = activation

    def forward(self, x):
        # F.pad wraps once at most; a window wider than the level, as on level 2, is wrapped by hand.
        if self.padding[0] <= x.shape[-1]:
            x = F.pad(x, self.padding, mode="circular")
        else:
            for axis in range(2, x.dim()):
                index = torch.arange(-self.padding[0], x.shape[axis] + self.padding[0]) % x.shape[axis]
                x = x.index_select(axis, index)
        x = self.convolution(x)
        return F.relu(x) if self.activation else x


class Mnn(nn.Module):
    """Algorithm 3: the sum over levels of CI(CK^K(CR(v))), and the adjacent part."""

    def __init__(self, dimension, points, levels, channels, kernelLayers):
        super().__init__()
        self.dimension = dimension
        restriction, interpolation = CONVOLUTIONS[dimension]
        self.levels = nn.ModuleList()
        for level in range(2, levels + 1):
            side = points // 2**level
            kernels = [Kernel(dimension, channels, 5 if level == 2 else 7, True) for _ in range(kernelLayers)]
            # One bias for all points of a box, not one per point: the small difference is in the peer's favour.
            self.levels.append(
                nn.Sequential(restriction(1, channels, side, side), *kernels, interpolation(channels, 1, side, side))
            )
        self.side = points // 2**levels
        width = self.side**dimension
        self.adjacent = nn.Sequential(*[Kernel(dimension, width, 3, k < kernelLayers - 1) for k in range(kernelLayers)])

    def forward(self, v):
        return sum(level(v) for level in self.levels) + self.unblock(self.adjacent(self.block(v)))

    def block(self, v):
        """Points of a finest box as channels."""
        d, m = self.dimension, self.side
        boxes = v.shape[2] // m
        x = v.reshape([v.shape[0]] + [boxes, m] * d)
        x = x.permute([0] + [2 + 2 * a for a in range(d)] + [1 + 2 * a for a in range(d)])
        return x.reshape([v.shape[0], m**d] + [boxes] * d)

    def unblock(self, x):
        d, m = self.dimension, self.side
        boxes = x.shape[2]
        v = x.reshape([x.shape[0]] + [m] * d + [boxes] * d)
        order = [0]
        for a in range(d):
            order += [1 + d + a, 1 + a]
        return v.permute(order).reshape([x.shape[0], 1] + [m * boxes] * d)


def main():
    case = json.loads(sys.stdin.readline())
    torch.set_num_threads(case["threads"])
    torch.manual_seed(0)
    dimension, points, batch = case["dimension"], case["points"], case["batch"]
    network = Mnn(dimension, points, case["levels"], case["channels"], case["kernelLayers"])
    inputs = torch.randn([batch, 1] + [points] * dimension)
    targets = torch.randn_like(inputs)
    weights = 1 / targets.flatten(1).square().sum(1)

    def train():
        network.zero_grad(set_to_none=True)
        loss = (weights * (network(inputs) - targets).flatten(1).square().sum(1)).mean()
        loss.backward()

    def predict():
        with torch.no_grad():
            network(inputs)

    rates = [samples_per_second(run, batch, case["seconds"]) for run in (train, predict)]
    print(json.dumps({"version": torch.__version__, "training": rates[0], "inference": rates[1]}))


if __name__ == "__main__":
    main()
