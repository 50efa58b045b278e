"""mistake: yields
With `yield` the function is a generator: calling it returns at once, and nothing is trained until somebody asks for the values.
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
fails: test_runs_one_micro_batch_at_a_time
fails: test_lets_go_of_every_graph
fails: test_reads_batches_as_it_goes
fails: test_calls_the_model
fails: test_leaves_the_settings_alone
fails: test_returns_a_list_of_floats
fails: test_leaves_everything_where_it_is
says: type generator
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        yield mean
