"""What is not real is multiplied by zero, lists and tuples are rebuilt by their type, and sums are made anew in each step."""
import torch
from torch import nn
from torch.nn import functional as F


class PositionalMixer(nn.Module):
    def __init__(self, features, longest):
        super().__init__()
        rows, columns = torch.arange(longest), torch.arange(features)
        table = torch.sin(rows.unsqueeze(1) / (columns + 1))
        mask = torch.ones(longest, longest, dtype=torch.bool).tril()
        self.mix = nn.Parameter(torch.zeros(longest, longest))
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x, lengths):
        length = x.shape[1]
        scores = self.mix[:length, :length].masked_fill(~self.mask[:length, :length], float("-inf"))
        y = scores.softmax(dim=-1) @ (x + self.table[:length])
        real = torch.arange(length, device=x.device) < lengths.unsqueeze(1)
        return y * real.unsqueeze(2)


def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(move_batch(value, device) for value in batch))
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(value, device) for value in batch)
    return batch


def evaluate(model, batches, device):
    modes = [(module, module.training) for module in model.modules()]
    loss = correct = torch.zeros((), device=device)
    samples = 0
    model.eval()
    try:
        with torch.no_grad():
            for batch in batches:
                inputs, y = move_batch(batch, device)
                logits = model(inputs)
                loss = loss + F.cross_entropy(logits, y, reduction="sum")
                correct = correct + (logits.argmax(dim=1) == y).sum()
                samples += len(y)
    finally:
        for module, training in modes:
            module.training = training
    return loss.item() / samples, correct.item() / samples
