"""Each window is an object that refers to itself, so it is not gone when its step is done, but garbage."""
class Window:
    def __init__(self):
        self.pairs = []
        self.run = self.run_all

    def samples(self):
        return sum(len(x) for x, _ in self.pairs)

    def run_all(self, model, loss_fn):
        samples, mean = self.samples(), 0.0
        for x, y in self.pairs:
            share = loss_fn(model(x), y) * (len(x) / samples)
            share.backward()
            mean += share.detach()
        return mean


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses, window = [], Window()

    def finish():
        optimizer.zero_grad()
        mean = window.run(model, loss_fn)
        optimizer.step()
        losses.append(mean.item())

    for pair in batches:
        window.pairs.append(pair)
        if len(window.pairs) == accumulate:
            finish()
            window = Window()
    if window.pairs:
        finish()
    return losses
