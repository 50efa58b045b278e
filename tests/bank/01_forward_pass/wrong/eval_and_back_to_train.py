"""mistake: mode-changed
forward switches the model, or a part of it, to train mode or to eval mode and leaves it there. Modes belong to the
caller: a model with dropout would then go on in the wrong one.
fails: test_leaves_everything_as_it_was
says: changed what is in training mode
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
        self.eval()
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        self.train()
        return self.dense2(x)
