"""mistake: layers-shared
A layer is made once for all models, since Python works out default values when it reads the def. So all models train
the same weights.
fails: test_gives_logits
fails: test_init_makes_the_three_layers
fails: test_runs_hooks_on_the_model
says: gives two models that share dense1.weight, dense1.bias
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10, dense1=nn.Linear(32 * 3 * 3, 128)):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = dense1
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
