"""mistake: batches-to-cuda
.cuda() works where there is a GPU, and only if the model is on the first one; the batches are where they have to be already.
source: https://github.com/pykale/pykale/issues/542
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
fails: test_runs_one_micro_batch_at_a_time
fails: test_lets_go_of_every_graph
fails: test_reads_batches_as_it_goes
fails: test_calls_the_model
fails: test_leaves_the_settings_alone
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
fails: test_leaves_everything_where_it_is
says: Torch not compiled with CUDA enabled
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x.cuda()), y.cuda()) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
