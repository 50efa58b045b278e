"""mistake: layer-in-forward
dense2 is made in forward: each call gets a new one with new random weights, and the model knows nothing of it, so it
is never trained. Make it in __init__.
source: https://github.com/pytorch/pytorch/issues/1291
fails: test_gives_logits
fails: test_init_makes_the_three_layers
fails: test_leaves_everything_as_it_was
says: has no parameter dense2.weight and no dense2.bias; it has conv1
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.num_classes = num_classes

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        dense2 = nn.Linear(128, self.num_classes)
        return dense2(x)
