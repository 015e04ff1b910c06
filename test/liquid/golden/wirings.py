"""Writes wirings.json: what ncps wires from a seed. pip install ncps==1.0.1 "numpy<2" torch==1.13.1; python wirings.py > wirings.json"""

import json
from importlib.metadata import version

import numpy as np
from ncps.wirings import NCP, AutoNCP, FullyConnected

NCP_NAMES = ["inter", "command", "motor", "sensoryFanout", "interFanout", "recurrentCommand", "motorFanin"]
cases = []


def signs(matrix):
    return ["".join("-.+"[value + 1] for value in row) for row in matrix.tolist()]


def add(spec, wiring, inputs):
    wiring.build(inputs)
    layers = [[int(neuron) for neuron in wiring.get_neurons_of_layer(l)] for l in range(wiring.num_layers)]
    cases.append(
        {
            "spec": spec,
            "inputs": inputs,
            "layers": layers,
            "adjacency": signs(wiring.adjacency_matrix),
            "sensory": signs(wiring.sensory_adjacency_matrix),
        }
    )


for units, outputs, seed, own, inputs in [(6, 6, 1111, True, 4), (5, 2, 7, False, 3), (1, 1, 0, True, 1)]:
    spec = {"kind": "fully-connected", "units": units, "outputs": outputs, "seed": seed, "selfConnections": own}
    add(spec, FullyConnected(units, outputs, seed, own), inputs)
for sizes, seed, inputs in [
    ((10, 10, 8, 6, 6, 4, 6), 22222, 20),
    ((5, 3, 2, 2, 2, 4, 1), 3, 9),
    ((3, 1, 4, 1, 1, 2, 1), 4294967295, 2),
]:
    add({"kind": "ncp", **dict(zip(NCP_NAMES, sizes)), "seed": seed}, NCP(*sizes, seed=seed), inputs)
for units, outputs, sparsity, seed, inputs in [
    (12, 2, 0.5, 22222, 4),
    (32, 8, 0.5, 22222, 16),
    (28, 4, 0.25, 1, 24),
    (20, 1, 0.9, 12345, 1),
]:
    spec = {"kind": "auto-ncp", "units": units, "outputs": outputs, "sparsity": sparsity, "seed": seed}
    add(spec, AutoNCP(units, outputs, sparsity_level=sparsity, seed=seed), inputs)


print(json.dumps({"program": "ncps %s, numpy %s" % (version("ncps"), np.__version__), "cases": cases}))
