"""ncps in torch as the peer of the liquid bench, kept alive: requests and answers are lines of JSON on standard input and output.

Prints {"ncps", "torch", "python", "threads"} and then answers
  {"do": "make", "model", "inputs"}: a model with seeded weights: {"record"}, its weights and a short run of it, in the form of an import
  {"do": "run", "model", "rows", "steps"}: {"ms"}, the mean time of one step of `rows` rows
The clock runs around steps of the cell alone, without the sequence wrapper and without gradients: the leanest way to use it as a stream.
"""

import json
import sys
import time
from importlib.metadata import version

import torch
from ncps.torch import CfC, LTC
from ncps.wirings import AutoNCP

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

MAKE = {
    "CfC-32": lambda inputs: CfC(inputs, 32),
    "CfC AutoNCP-32": lambda inputs: CfC(inputs, AutoNCP(32, 8)),
    "LTC AutoNCP-32": lambda inputs: LTC(inputs, AutoNCP(32, 8)),
}

models = {}


def make(name, inputs):
    torch.manual_seed(1)
    model = MAKE[name](inputs).eval()
    models[name] = (model, inputs)
    x = torch.randn(1, 4, inputs)
    spans = torch.rand(1, 4, 1) * 2
    with torch.inference_mode():
        output, state = model(x, timespans=spans)
    return {
        "record": {
            "weights": {key: value.tolist() for key, value in model.state_dict().items()},
            "input": x.tolist(),
            "timespans": spans.tolist(),
            "output": output.tolist(),
            "state": state.tolist(),
        }
    }


def run(name, rows, steps):
    model, inputs = models[name]
    cell = model.rnn_cell
    x = torch.randn(rows, inputs)
    spans = torch.rand(rows, 1) * 2 + 0.1
    state = torch.zeros(rows, model.state_size)
    with torch.inference_mode():
        start = time.perf_counter()
        for _ in range(steps):
            _, state = cell(x, state, spans)
        elapsed = time.perf_counter() - start
    return {"ms": 1000 * elapsed / steps}


def answer(request):
    if request["do"] == "make":
        return make(request["model"], request["inputs"])
    return run(request["model"], request["rows"], request["steps"])


def main():
    hello = {
        "ncps": version("ncps"),
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        "threads": torch.get_num_threads(),
    }
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:  # Told to the bench, which names it.
            reply = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(reply), flush=True)


main()
