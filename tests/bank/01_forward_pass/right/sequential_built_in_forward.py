"""forward strings the layers together in a local Sequential: wasteful, but nothing is made that is learned."""
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.dense1 = nn.Linear(288, 128)
        self.dense2 = nn.Linear(128, num_classes)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.05, 0.05)

    def forward(self, x):
        steps = nn.Sequential(
            self.conv1, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), self.dense1, nn.ReLU(), self.dense2
        )
        return steps(x)
