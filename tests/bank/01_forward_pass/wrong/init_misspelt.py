"""mistake: init-misspelt
The method that makes the layers is not called __init__, with two underscores on each side, so Python never calls it
and the model has no layers.
fails: test_init_makes_the_three_layers
fails: test_gives_logits
says: has no parameter conv1.weight
says: no attribute 'conv1'
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def _init_(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
