"""mistake: hooks-stay
The hooks that weigh the gradients stay on the parameters, so after a second call each gradient is weighed twice.
fails: test_what_came_before_does_not_count
fails: test_any_optimizer_will_do
fails: test_leaves_the_settings_alone
says: the change of hidden.weight by step 3
says: left other hooks than it had found
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    weight = 1.0
    for p in model.parameters():
        if p.requires_grad:
            p.register_hook(lambda grad: grad * weight)
    losses = []
    iterator = iter(batches)
    while window := [pair for _, pair in zip(range(accumulate), iterator)]:
        optimizer.zero_grad(set_to_none=True)
        samples = sum(map(len, (x for x, _ in window)))
        mean = 0
        for x, y in window:
            weight = len(x) / samples
            loss = loss_fn(model(x), y)
            loss.backward()
            mean += loss.detach() * weight
        optimizer.step()
        losses.append(float(mean))
    return losses
