"""mistake: made-on-the-cpu
A tensor that forward makes without saying where is on the CPU, wherever the model is. Give it device=x.device, or make it
with zeros_like(x) or x.new_zeros(...).
source: https://github.com/huggingface/transformers/pull/44822
fails: test_gives_logits
says: Model and input had been moved to cuda:1.
says: but found at least two devices, cuda:1 and cpu!
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = torch.maximum(self.conv1(x), torch.zeros(x.shape[0], 32, 7, 7))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = torch.maximum(self.dense1(x), torch.zeros(x.shape[0], 128))
        return self.dense2(x)
