"""Writes gru.json: steps of torch.nn.GRUCell, which has no time: ours reads ln(1 + dt) as its last input. pip install torch==1.13.1 "numpy<2"; python gru.py > gru.json"""

import json

import torch

torch.manual_seed(3)
cell = torch.nn.GRUCell(4, 5).double()
x = torch.randn(6, 3, dtype=torch.float64)
elapsed = torch.rand(6, dtype=torch.float64) * 4
state = torch.zeros(1, 5, dtype=torch.float64)
states = []
with torch.no_grad():
    for t in range(6):
        state = cell(torch.cat([x[t], torch.log1p(elapsed[t : t + 1])]).unsqueeze(0), state)
        states.append(state[0].tolist())
weights = {name: value.flatten().tolist() for name, value in cell.state_dict().items()}
print(
    json.dumps(
        {
            "program": "torch " + torch.__version__,
            "weights": weights,
            "input": x.tolist(),
            "elapsed": elapsed.tolist(),
            "states": states,
        }
    )
)
