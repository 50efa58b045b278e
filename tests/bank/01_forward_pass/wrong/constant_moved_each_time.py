"""mistake: constant-moved-each-time
A tensor that is just assigned to self stays on the CPU when the model is moved, so every call has to copy it. A buffer
(register_buffer, with persistent=False if it is not to be saved) moves with the model, once.
fails: test_moves_nothing_between_devices
says: copied from the CPU to the GPU
says: These tensors of the model are somewhere else: 
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
        self.zero = torch.zeros(1)

    def forward(self, x):
        x = torch.maximum(self.conv1(x), self.zero.to(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
