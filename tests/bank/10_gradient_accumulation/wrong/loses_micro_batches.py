"""mistake: loses-micro-batches
zip asks the stream for one more micro-batch before it sees that the window is full, so one is lost after every window.
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
fails: test_runs_one_micro_batch_at_a_time
fails: test_reads_batches_as_it_goes
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
says: but 6 and 9 samples had been through the model by then
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    stream = iter(batches)
    while window := [pair for pair, _ in zip(stream, range(accumulate))]:
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
    return losses
