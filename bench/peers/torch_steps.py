"""Steps per second in PyTorch on the GPU: loss, gradient and AdamW, eager, compiled, and as a CUDA graph.

The network is that of `torch_mnn.py`. Reads one JSON line {"dimension", "points", "levels", "channels",
"kernelLayers", "batch", "seconds", "ways"} and prints one JSON line for each way, as soon as it is measured.
"""

import json
import sys
import time

import torch
from torch_mnn import Mnn


def steps_per_second(step, seconds):
    for _ in range(10):
        step()
    torch.cuda.synchronize()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(20):
            step()
        torch.cuda.synchronize()
        steps += 20
    return steps / (time.perf_counter() - start)


def main():
    case = json.loads(sys.stdin.readline())
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no CUDA device")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    dimension, points, batch = case["dimension"], case["points"], case["batch"]
    shape = [batch, 1] + [points] * dimension
    network = Mnn(dimension, points, case["levels"], case["channels"], case["kernelLayers"]).cuda()
    inputs = torch.randn(shape, device="cuda")
    targets = torch.randn_like(inputs)
    weights = 1 / targets.flatten(1).square().sum(1)
    rule = torch.optim.AdamW(network.parameters(), lr=1e-3, capturable=True, fused=True)

    def loss_of(model):
        return (weights * (model(inputs) - targets).flatten(1).square().sum(1)).mean()

    def step(model=network):
        rule.zero_grad(set_to_none=True)
        loss_of(model).backward()
        rule.step()

    def graphed():
        """The step as a CUDA graph, recorded once."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph.replay

    def compiled():
        model = torch.compile(network)
        return lambda: step(model)

    def report(name, make):
        try:
            print(json.dumps({name: round(steps_per_second(make(), case["seconds"]), 1)}), flush=True)
        except Exception as error:  # one way that fails leaves the others
            print(json.dumps({name: (str(error) or repr(error)).splitlines()[0]}), flush=True)

    print(json.dumps({"version": torch.__version__}), flush=True)
    makers = {"eager": lambda: step, "graph": graphed, "compiled": compiled}
    for name in [way for way in makers if way in case.get("ways", makers)]:
        report(name, makers[name])


main()
