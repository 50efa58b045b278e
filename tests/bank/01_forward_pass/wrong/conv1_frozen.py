"""mistake: frozen
requires_grad is switched off for the parameters of conv1, so they get no gradient and stay as random as they are.
That is for a model that was trained before.
fails: test_gradients_reach_everything
says: there is no gradient for conv1.bias, conv1.weight.
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
        for parameter in self.conv1.parameters():
            parameter.requires_grad = False

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
