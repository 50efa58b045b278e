"""mistake: asks-for-the-length
len(batches) is asked for to find the last window, but a generator has no length.
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
fails: test_runs_one_micro_batch_at_a_time
fails: test_lets_go_of_every_graph
fails: test_reads_batches_as_it_goes
says: has no len()
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    last = len(batches) - 1
    samples, total = 0, 0.0
    optimizer.zero_grad()
    for index, (x, y) in enumerate(batches):
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        samples += len(x)
        total += loss.detach()
        if (index + 1) % accumulate == 0 or index == last:
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= samples
            optimizer.step()
            optimizer.zero_grad()
            losses.append(float(total / samples))
            samples, total = 0, 0.0
    return losses
