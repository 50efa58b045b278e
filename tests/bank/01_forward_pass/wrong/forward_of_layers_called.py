"""mistake: layer-forward-called
The layers are run with self.conv1.forward(x). This skips nn.Module.__call__ and with it all hooks on the layers; call
them as self.conv1(x).
source: https://bowen0701.github.io/research-eng/Why-not-model.forward%28%29-but-model%28%29
fails: test_calls_its_layers
says: [0, 0, 0] times
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
        x = F.relu(self.conv1.forward(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1.forward(x))
        return self.dense2.forward(x)
