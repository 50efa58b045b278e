"""mistake: device-chosen-too-early
forward sends x to a device that was chosen before the model was moved, and the model is somewhere else by now. Whoever calls
the model has put x beside it already: leave x where it is.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/6413
fails: test_gives_logits
says: weight is on cuda:1, different from other tensors on cuda:0
"""
import torch
import torch.nn.functional as F
from torch import nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = x.to(DEVICE)
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
