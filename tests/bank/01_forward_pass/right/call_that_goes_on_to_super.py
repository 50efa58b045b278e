"""__call__ is overridden, but hands everything on to nn.Module; activations of the last call are kept for looking at."""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.calls = 0
        self.activations = {}
        self.conv1 = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.pool = nn.MaxPool2d((2, 2), ceil_mode=False)
        self.dense1 = nn.Linear(288, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return super().__call__(*args, **kwargs)

    def forward(self, x):
        out = self.conv1(input=x)
        out = self.pool(F.relu(out))
        self.activations["pooled"] = out.detach()
        out = torch.flatten(out, 1)
        out = F.relu(self.dense1(out))
        self.activations["hidden"] = out.detach()
        return self.dense2(out)
