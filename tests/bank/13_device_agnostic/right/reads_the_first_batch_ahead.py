"""Counts positions from the other side, reads the first batch ahead, and puts back all that it touched."""
import torch
from torch import nn
from torch.nn import functional as F


class PositionalMixer(nn.Module):
    def __init__(self, features, longest):
        super().__init__()
        angles = torch.linspace(0, longest - 1, longest).outer(1 / torch.linspace(1, features, features))
        self.register_buffer("table", angles.sin(), persistent=False)
        self.mix = nn.Parameter(torch.full((longest,), 0.5))

    def forward(self, x, lengths):
        n = x.shape[1]
        padding = torch.arange(n, device=lengths.device).expand(len(x), n) >= lengths[:, None]
        weights = self.mix[:n].expand(len(x), n) * ~padding
        h = x + self.table.narrow(0, 0, n)
        return torch.matmul(weights[:, None, :], h)[:, 0]


def move_batch(batch, device):
    def moved(value):
        if isinstance(value, torch.Tensor) and value.device != torch.device(device):
            return value.to(device)
        if isinstance(value, dict):
            return dict(zip(value.keys(), [moved(item) for item in value.values()]))
        if isinstance(value, (list, tuple)):
            items = [moved(item) for item in value]
            return items if isinstance(value, list) else getattr(value, "_make", tuple)(items)
        return value

    return moved(batch)


def evaluate(model, batches, device):
    model.to(device)  # is there already: nothing happens
    learned = [p for p in model.parameters() if p.requires_grad]
    training = [m for m in model.modules() if m.training]
    try:
        for p in learned:
            p.requires_grad_(False)
        model.eval()
        with torch.set_grad_enabled(False):
            stream = iter(batches)
            batch = next(stream)
            totals = torch.zeros(2, device=device)
            samples = 0
            while batch is not None:
                inputs, y = move_batch(tuple(batch), device)
                logits = model(inputs)
                totals[0] += F.nll_loss(logits.log_softmax(1), y, reduction="sum")
                totals[1] += torch.eq(logits.max(1)[1], y).sum()
                samples += y.size(0)
                batch = next(stream, None)
    finally:
        for p in learned:
            p.requires_grad_(True)
        for m in training:
            m.training = True
    return tuple((totals / samples).tolist())
