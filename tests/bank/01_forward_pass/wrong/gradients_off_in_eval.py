"""mistake: no-grad-in-eval
In eval mode forward cuts its results off from the graph (no_grad, inference_mode, set_grad_enabled or .data). In
train mode the model can be trained, but after model.eval() no gradient comes back, to x for instance. Whoever only
wants predictions puts the call into no_grad.
fails: test_computes_the_logits
says: .eval()(x) returned a tensor without requires_grad: it is cut off from the graph
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
        with torch.set_grad_enabled(self.training):
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
            return self.dense2(x)
