"""Known mistakes of 10_gradient_accumulation, each an edit of a right answer."""

from grader.judge.bank import mistake

mistake(
    "batches-to-cuda",
    base="weighs_each_loss",
    weight="whole",
    says=(
        ".cuda() works where there is a GPU, and only if the model is on the first one; the batches are "
        "where they have to be already."
    ),
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "loss = loss_fn(model(x), y) * len(x) / total": """
            loss = loss_fn(model(x.cuda()), y.cuda()) * len(x) / total
        """,
    },
)

mistake(
    "batches-to-the-first-gpu",
    base="weighs_each_loss",
    says=(
        'The batches are moved to "cuda", which is the first GPU, but the model may be on another one; they '
        "are beside it already."
    ),
    source="https://github.com/sgl-project/sglang/issues/34552",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        """,
        "for x, y in window:": """
            for x, y in window:
                x, y = x.to(device), y.to(device)
        """,
    },
)

mistake(
    "cleared-before-the-step",
    base="weighs_at_backward",
    weight="whole",
    says="The gradients are cleared between backward and step, so the step finds none and moves nothing.",
    source="https://github.com/yuval-alaluf/hyperstyle/issues/40",
    change={
        "optimizer.zero_grad()": "",
        """
                mean += loss.detach() * len(x) / total
        """: """
                mean += loss.detach() * len(x) / total
            optimizer.zero_grad()
        """,
    },
)

mistake(
    "cleared-in-every-micro-batch",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The gradients are cleared before every backward, so a step sees those of the window's last "
        "micro-batch only."
    ),
    source="https://github.com/huggingface/accelerate/issues/1299",
    change={
        "optimizer.zero_grad()": "",
        "for x, y in window:": """
            for x, y in window:
                optimizer.zero_grad()
        """,
    },
)

mistake(
    "cleared-only-after",
    base="weighs_at_backward",
    says=(
        "The gradients are cleared after each step, but not before the first: what the caller left in .grad "
        "is in it."
    ),
    change={
        "optimizer.zero_grad()": "",
        "optimizer.step()": """
            optimizer.step()
            optimizer.zero_grad()
        """,
    },
)

mistake(
    "collects-the-epoch",
    base="weighs_each_loss",
    says=(
        "All micro-batches are put into a list before training begins, which takes the memory of a whole "
        "epoch."
    ),
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                batches = list(batches)
        """,
        """
            it = iter(batches)
            while window := list(islice(it, accumulate)):
        """: """
            for start in range(0, len(batches), accumulate):
                window = batches[start : start + accumulate]
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "losses.append(mean.item())": "losses.append(float(mean))",
    },
)

mistake(
    "concatenates",
    base="weighs_each_loss",
    weight="part",
    says=(
        "The micro-batches are joined into the large batch that was not to fit into memory: the steps are "
        "right, and nothing is gained."
    ),
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "total = sum(len(x) for x, _ in window)": """
            x = torch.cat([x for x, _ in window])
            y = torch.cat([y for _, y in window])
        """,
        """
            mean = 0.0
            for x, y in window:
                loss = loss_fn(model(x), y) * len(x) / total
                loss.backward()
                mean += loss.detach()
        """: """
            mean = loss_fn(model(x), y)
            mean.backward()
        """,
    },
)

mistake(
    "counts-elements",
    base="weighs_at_backward",
    says=(
        "Micro-batches are weighed by the elements of x or y, so samples with longer sequences count more; "
        "len(x) is the number of samples."
    ),
    change={
        "total = sum(len(x) for x, _ in window)": "total = sum(x.numel() for x, _ in window)",
        """
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        """: """
            (loss * x.numel() / total).backward()
            mean += loss.detach() * x.numel() / total
        """,
    },
)

mistake(
    "counts-elements-of-y",
    form_of="counts-elements",
    base="weighs_each_loss",
    change={
        "total = sum(len(x) for x, _ in window)": "total = sum(y.numel() for _, y in window)",
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (y.numel() / total)",
    },
)

mistake(
    "create-graph",
    base="weighs_at_backward",
    says=(
        "backward(create_graph=True) gives the gradients graphs of their own, which keep those of all "
        "micro-batches alive."
    ),
    change={"(loss * len(x) / total).backward()": "(loss * len(x) / total).backward(create_graph=True)"},
)

mistake(
    "divided-by-accumulate",
    base="weighs_at_backward",
    weight="part",
    says=(
        "Dividing by `accumulate` is right only for full windows of equal micro-batches: a shorter window "
        "then moves too little. Divide by what the window really holds."
    ),
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/19987",
    change={"(loss * len(x) / total).backward()": "(loss / accumulate).backward()"},
)

mistake(
    "divided-by-accumulate-everywhere",
    form_of="divided-by-accumulate",
    base="weighs_at_backward",
    weight="part",
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/19987",
    change={
        "total = sum(len(x) for x, _ in window)": "",
        """
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        """: """
            loss = loss / accumulate
            loss.backward()
            mean += loss.detach()
        """,
    },
)

mistake(
    "divided-by-micro-batches",
    base="weighs_at_backward",
    weight="part",
    says="The mean of the micro-batches' means lets a small micro-batch count as much as a large one.",
    source="https://github.com/huggingface/transformers/pull/34191",
    change={"(loss * len(x) / total).backward()": "(loss / len(window)).backward()"},
)

mistake(
    "divided-by-micro-batches-everywhere",
    form_of="divided-by-micro-batches",
    base="weighs_at_backward",
    weight="part",
    source="https://github.com/huggingface/transformers/pull/34191",
    change={
        "total = sum(len(x) for x, _ in window)": "",
        """
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        """: """
            loss = loss / len(window)
            loss.backward()
            mean += loss.detach()
        """,
    },
)

mistake(
    "divided-by-samples",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The mean losses are divided by the number of samples; they are means already, so that divides twice."
    ),
    change={"(loss * len(x) / total).backward()": "(loss / total).backward()"},
)

mistake(
    "divided-twice",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The shares of the micro-batches already add up to one; dividing by `accumulate` as well makes the "
        "step too small."
    ),
    change={"(loss * len(x) / total).backward()": "(loss * len(x) / total / accumulate).backward()"},
)

mistake(
    "ends-in-eval",
    base="weighs_at_backward",
    says=(
        "The function calls model.eval() at the end, and the caller's next epoch runs in a mode that nobody "
        "asked for."
    ),
    change={
        """
                losses.append(float(mean))
        """: """
                losses.append(float(mean))
            model.eval()
        """,
    },
)

mistake(
    "first-group-only",
    base="divides_each_window",
    says=(
        "Only the gradients of the optimizer's first group are divided; an optimizer may have several groups."
    ),
    change={"for p in model.parameters():": 'for p in optimizer.param_groups[0]["params"]:'},
)

mistake(
    "forgets-momentum",
    base="weighs_at_backward",
    says=(
        "The optimizer's state is thrown away at the start of each call, and with it momentum and Adam's "
        "averages."
    ),
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                optimizer.state.clear()
        """,
    },
)

mistake(
    "given-optimizer-never-steps",
    base="weighs_each_loss",
    weight="whole",
    says=(
        "The optimizer that was given is never asked to step: something else changes the weights, or nothing "
        "does. Call its step(), which also knows its groups and what it remembers."
    ),
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                optimizer = type(optimizer)(model.parameters(), **optimizer.defaults)
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
    },
)

mistake(
    "own-update",
    form_of="given-optimizer-never-steps",
    base="weighs_at_backward",
    weight="whole",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "optimizer.step()": """
            with torch.no_grad():
                for group in optimizer.param_groups:
                    for p in group["params"]:
                        if p.grad is not None:
                            p -= group["lr"] * p.grad
        """,
    },
)

mistake(
    "hooks-stay",
    base="weighs_at_backward",
    says=(
        "The hooks that weigh the gradients stay on the parameters, so after a second call each gradient is "
        "weighed twice."
    ),
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                weight = 1.0
                for p in model.parameters():
                    if p.requires_grad:
                        p.register_hook(lambda grad: grad * weight)
        """,
        """
            while window := list(islice(it, accumulate)):
                total = sum(len(x) for x, _ in window)
                optimizer.zero_grad()
                mean = 0.0
        """: """
            while window := [pair for _, pair in zip(range(accumulate), it)]:
                optimizer.zero_grad(set_to_none=True)
                samples = sum(map(len, (x for x, _ in window)))
                mean = 0
        """,
        "for x, y in window:": """
            for x, y in window:
                weight = len(x) / samples
        """,
        """
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        """: """
            loss.backward()
            mean += loss.detach() * weight
        """,
    },
)

mistake(
    "keeps-the-epoch",
    base="weighs_each_loss",
    says=(
        "Micro-batches that have been trained on are still kept somewhere, in a list or by itertools.tee, so "
        "in the end the whole epoch is in memory. Let each window go when its step is done."
    ),
    change={
        "losses = []": "losses, history = [], []",
        "total = sum(len(x) for x, _ in window)": """
            total = sum(len(x) for x, _ in window)
            history += window
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
    },
)

mistake(
    "spare-iterator",
    form_of="keeps-the-epoch",
    base="weighs_each_loss",
    change={
        "from itertools import islice": """
            from itertools import islice
            from itertools import islice, tee
        """,
        "it = iter(batches)": "it, spare = tee(batches)",
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
    },
)

mistake(
    "keeps-the-rate-changed",
    base="weighs_at_backward",
    says=(
        "The learning rate is lowered at the end of the call, but it belongs to the caller, or to a "
        "scheduler."
    ),
    change={
        """
                losses.append(float(mean))
        """: """
                losses.append(float(mean))
            for group in optimizer.param_groups:
                group['lr'] *= 0.95
        """,
    },
)

mistake(
    "last-loss",
    base="weighs_at_backward",
    says="What comes back is the loss of the window's last micro-batch, not the mean over the window.",
    change={"mean += loss.detach() * len(x) / total": "mean = loss.detach()"},
)

mistake(
    "last-window-dropped",
    base="weighs_each_loss",
    weight="part",
    says="A last window with fewer micro-batches never leads to a step: its samples are lost.",
    source="https://github.com/timoschick/pet/issues/36",
    change={
        """
            losses = []
            it = iter(batches)
            while window := list(islice(it, accumulate)):
        """: """
            losses, window = [], []
            for pair in batches:
                window.append(pair)
                if len(window) < accumulate:
                    continue
        """,
        "losses.append(mean.item())": """
            losses.append(float(mean))
            window = []
        """,
    },
)

mistake(
    "last-window-forgotten",
    form_of="last-window-dropped",
    base="finishes_what_is_left",
    weight="part",
    change={
        """
            if micro:
                finish()
        """: "",
    },
)

mistake(
    "loses-micro-batches",
    base="weighs_each_loss",
    weight="whole",
    says=(
        "zip asks the stream for one more micro-batch before it sees that the window is full, so one is lost "
        "after every window."
    ),
    change={
        "while window := list(islice(it, accumulate)):": """
            while window := [pair for pair, _ in zip(it, range(accumulate))]:
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "losses.append(mean.item())": "losses.append(float(mean))",
    },
)

mistake(
    "loss-per-micro-batch",
    base="weighs_at_backward",
    says="The list has a loss for every micro-batch; one per step was asked for.",
    change={
        "mean = 0.0": "",
        "mean += loss.detach() * len(x) / total": "losses.append(loss.item())",
        "losses.append(float(mean))": "",
    },
)

mistake(
    "losses-to-the-first-gpu",
    base="weighs_each_loss",
    says=(
        'The losses are sent to "cuda", which is the first GPU: where the model is on another one, each is '
        "copied for nothing."
    ),
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "losses = []": """
            losses = []
            device = "cuda" if torch.cuda.is_available() else "cpu"
        """,
        "mean += loss.detach()": "mean += loss.detach().to(device)",
    },
)

mistake(
    "mean-of-means",
    base="weighs_at_backward",
    says=(
        "The gradients are right, but the loss that comes back is the mean of the micro-batches' means, in "
        "which small ones count too much."
    ),
    change={"mean += loss.detach() * len(x) / total": "mean += loss.detach() / len(window)"},
)

mistake(
    "merges-the-last-window",
    base="weighs_each_loss",
    weight="part",
    says="A shorter last window is joined to the one before, which makes one step out of two.",
    change={
        "while window := list(islice(it, accumulate)):": """
            window = list(islice(it, accumulate))
            while window:
                following = list(islice(it, accumulate))
                if following and len(following) < accumulate:
                    window, following = window + following, []
        """,
        "losses.append(mean.item())": """
            losses.append(float(mean))
            window = following
        """,
    },
)

mistake(
    "model-back-to-the-cpu",
    base="weighs_each_loss",
    says=(
        "The model is taken to the CPU when the epoch is over; the next epoch finds it there, and its "
        "batches on the GPU."
    ),
    change={
        """
                losses.append(mean.item())
        """: """
                losses.append(mean.item())
            model.cpu()
        """,
    },
)

mistake(
    "moves-the-model",
    base="weighs_each_loss",
    says=(
        "The model is moved to a device of the function's own choice; that is for the caller to decide, who "
        "has put it somewhere already."
    ),
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                device = "cuda" if torch.cuda.is_available() else "cpu"
                model.to(device)
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": """
            loss = loss_fn(model(x.to(device)), y.to(device)) * len(x) / total
        """,
    },
)

mistake(
    "never-cleared",
    base="weighs_at_backward",
    weight="part",
    says="The gradients are never cleared, so each step repeats those of all the windows before it.",
    source="https://github.com/pytorch/pytorch/issues/47175",
    change={"optimizer.zero_grad()": ""},
)

mistake(
    "no-gradient-not-expected",
    base="finishes_what_is_left",
    says=(
        "Every parameter's gradient is divided, but frozen and unused parameters have none: their .grad is "
        "None."
    ),
    change={
        """
            if p.grad is not None:
                p.grad /= samples
        """: """
            p.grad /= samples
        """,
    },
)

mistake(
    "not-weighted",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The mean losses are added without weights, so the gradient is as many times too large as the window "
        "has micro-batches."
    ),
    source="https://github.com/fastai/fastai/issues/3023",
    change={"(loss * len(x) / total).backward()": "loss.backward()"},
)

mistake(
    "not-weighted-anywhere",
    form_of="not-weighted",
    base="weighs_at_backward",
    weight="whole",
    source="https://github.com/fastai/fastai/issues/3023",
    change={
        "total = sum(len(x) for x, _ in window)": "",
        """
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        """: """
            loss = loss
            loss.backward()
            mean += loss.detach()
        """,
    },
)

mistake(
    "numpy-number",
    base="weighs_each_loss",
    says=(
        "What comes back are numpy's numbers: one of float32 is no Python float. .item() gives one, from a "
        "tensor as from an array."
    ),
    change={
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "losses.append(mean.item())": "losses.append(mean.cpu().numpy()[()])",
    },
)

mistake(
    "numpy-of-a-loss",
    base="weighs_each_loss",
    says=(
        "numpy knows nothing of GPUs: .numpy() refuses a tensor that is on one. Add up on the device, and "
        "read the sum with .item()."
    ),
    source="https://github.com/JDAI-CV/fast-reid/pull/509",
    change={
        "mean += loss.detach()": "mean += float(loss.detach().numpy())",
        "losses.append(mean.item())": "losses.append(mean)",
    },
)

mistake(
    "one-backward-per-window",
    base="weighs_each_loss",
    says=(
        "The losses of a window are added up and go backward together, so all of its graphs are in memory at "
        "once: that is what accumulation avoids."
    ),
    change={
        """
                loss = loss_fn(model(x), y) * len(x) / total
                loss.backward()
                mean += loss.detach()
        """: """
                loss = loss_fn(model(x), y)
                mean = mean + loss * len(x) / total
            mean.backward()
        """,
    },
)

mistake(
    "one-step-too-many",
    base="finishes_what_is_left",
    says=(
        "The step after the loop is taken even where no micro-batch is left, which steps once more with the "
        "gradients of the last window, or with none."
    ),
    change={
        """
            losses = []
            micro, samples, total = 0, 0, 0.0
        """: """
            losses = []
            samples, total, micro = 0, 0.0, 0
        """,
        "def finish():": "def step():",
        "p.grad /= samples": "p.grad.div_(max(samples, 1))",
        """
            optimizer.zero_grad()
            losses.append(float(total / samples))
        """: """
            if samples:
                losses.append(float(total / samples))
        """,
        "loss.backward()": """
            loss.backward()
            samples += len(x)
        """,
        "samples += len(x)": "",
        """
                if micro == accumulate:
                    finish()
                    micro, samples, total = 0, 0, 0.0
            if micro:
                finish()
        """: """
                if micro % accumulate == 0:
                    step()
                    optimizer.zero_grad()
                    samples, total = 0, 0.0
            step()
        """,
    },
)

mistake(
    "own-dtype",
    base="weighs_each_loss",
    weight="part",
    says=(
        "The batches are turned into float64, but the model may be in float32, and the two don't go "
        "together. Leave the dtype as it comes."
    ),
    change={
        "loss = loss_fn(model(x), y) * len(x) / total": """
            loss = loss_fn(model(x.double()), y.double()) * (len(x) / total)
        """,
    },
)

mistake(
    "own-loss",
    base="weighs_at_backward",
    weight="whole",
    says="The loss is a mean squared error, whatever loss_fn was handed in.",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch.nn.functional as F
        """,
        "loss = loss_fn(model(x), y)": "loss = F.mse_loss(model(x), y)",
    },
)

mistake(
    "own-tensor-on-the-cpu",
    base="weighs_each_loss",
    says=(
        "A tensor of your own, such as a total, weights or sums of gradients, is made on the CPU, wherever "
        "the model is; what comes from a GPU can't be put together with it."
    ),
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                parameters = [p for p in model.parameters() if p.requires_grad]
        """,
        "optimizer.zero_grad()": """
            optimizer.zero_grad()
            sums = {}
        """,
        "loss.backward()": """
            for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True)):
                if gradient is not None:
                    sums.setdefault(p, torch.zeros(p.shape, dtype=p.dtype)).add_(gradient)
        """,
        """
                mean += loss.detach()
        """: """
                mean += loss.detach()
            for p in parameters:
                p.grad = sums.get(p)
        """,
    },
)

mistake(
    "total-on-the-cpu",
    form_of="own-tensor-on-the-cpu",
    base="weighs_each_loss",
    source="https://github.com/huggingface/transformers/pull/44822",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "mean = 0.0": "mean = torch.zeros(1)",
    },
)

mistake(
    "weights-on-the-cpu",
    form_of="own-tensor-on-the-cpu",
    base="weighs_at_backward",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "total = sum(len(x) for x, _ in window)": """
            sizes = torch.tensor([float(len(x)) for x, _ in window])
            shares = sizes / sizes.sum()
        """,
        """
            mean = 0.0
            for x, y in window:
        """: """
            parts = []
            for (x, y), share in zip(window, shares.tolist()):
        """,
        """
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        """: """
            (loss * share).backward()
            parts.append(loss.detach())
        """,
        "losses.append(float(mean))": "losses.append((torch.stack(parts) * shares).sum().item())",
    },
)

mistake(
    "total-on-the-first-gpu",
    form_of="own-tensor-on-the-first-gpu",
    base="weighs_each_loss",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "losses = []": """
            losses = []
            device = "cuda" if torch.cuda.is_available() else "cpu"
        """,
        "mean = 0.0": "mean = torch.zeros(1, device=device)",
    },
)

mistake(
    "rate-for-the-step",
    base="weighs_each_loss",
    says=(
        "The learning rate is changed before optimizer.step() and set back after it. It belongs to the "
        "caller, or to a scheduler, and stays as it is during the call, too."
    ),
    change={
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        """
                mean += loss.detach()
        """: """
                mean += loss.detach()
            rates = [group["lr"] for group in optimizer.param_groups]
            for group in optimizer.param_groups:
                group["lr"] *= 1 + 1e-9
        """,
        "optimizer.step()": """
            optimizer.step()
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate
        """,
    },
)

mistake(
    "reads-before-it-is-there",
    base="weighs_each_loss",
    says=(
        "A copy with non_blocking=True is still on its way when it is added to the total, so the total may "
        "hold anything; add on the device instead, and copy once per step."
    ),
    source="https://github.com/pytorch/pytorch/issues/86264",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "mean = 0.0": "mean = torch.zeros((), dtype=torch.float64)",
        "mean += loss.detach()": 'mean += loss.detach().to("cpu", non_blocking=True)',
    },
)

mistake(
    "reads-more-than-once-per-step",
    base="weighs_each_loss",
    says=(
        "More is read from the GPU than one value per step, such as a mean loss that is read to be printed "
        "or compared, and read again to be returned. Read it once, and go on with the number."
    ),
    change={
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "optimizer.step()": """
            optimizer.step()
            print(f"step {len(losses)}: {mean.item():.4f}")
        """,
    },
)

mistake(
    "steps-if-the-loss-is-finite",
    form_of="reads-more-than-once-per-step",
    base="weighs_each_loss",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "optimizer.step()": """
            if torch.isfinite(mean):
                optimizer.step()
        """,
    },
)

mistake(
    "reads-too-far-ahead",
    base="weighs_each_loss",
    says=(
        "More than two windows of micro-batches are read before they are trained on; two are the most that "
        "may be in memory."
    ),
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def ahead(it, count):
                queue = list(islice(it, count))
                while queue:
                    yield queue.pop(0)
                    queue += islice(it, 1)


            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
        """,
        "it = iter(batches)": "it = ahead(iter(batches), 3 * accumulate)",
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
    },
)

mistake(
    "returns-tensors",
    base="weighs_at_backward",
    says="The losses come back as tensors; a float is what .item() gives.",
    change={"losses.append(float(mean))": "losses.append(mean)"},
)

mistake(
    "runs-again-for-the-loss",
    base="weighs_each_loss",
    says=(
        "Micro-batches go through the model once more to get their loss. Each goes through once, and the "
        "loss that it had before the step is there already."
    ),
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "mean = 0.0": "",
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "mean += loss.detach()": "",
        "losses.append(mean.item())": """
            with torch.no_grad():
                means = [loss_fn(model(x), y) * (len(x) / total) for x, y in window]
            losses.append(torch.stack(means).sum().item())
        """,
    },
)

mistake(
    "sample-by-sample",
    base="weighs_at_backward",
    says=(
        "Every sample goes through the model by itself: the steps are right, but a micro-batch was to go "
        "through in one call."
    ),
    change={
        """
            for x, y in window:
                loss = loss_fn(model(x), y)
                (loss * len(x) / total).backward()
                mean += loss.detach() * len(x) / total
        """: """
            for xs, ys in window:
                for x, y in zip(xs.split(1), ys.split(1)):
                    loss = loss_fn(model(x), y) / total
                    loss.backward()
                    mean += loss.detach()
        """,
    },
)

mistake(
    "samples-not-reset",
    base="finishes_what_is_left",
    weight="part",
    says=(
        "The number of samples is not set back after a step, so each step divides by all the samples since "
        "the beginning."
    ),
    change={
        """
            finish()
            micro, samples, total = 0, 0, 0.0
        """: """
            finish()
            micro, total = 0, 0.0
        """,
    },
)

mistake(
    "scales-the-rate",
    base="divides_each_window",
    says=(
        "The sum of the gradients is left as it is and the learning rate divided instead: the same for plain "
        "SGD, not for Adam."
    ),
    change={
        "losses = []": """
            losses = []
            rates = [group["lr"] for group in optimizer.param_groups]
        """,
        """
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= samples
        """: """
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate / samples
        """,
        """
                losses.append(float(total / samples))
        """: """
                losses.append(float(total / samples))
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate
        """,
    },
)

mistake(
    "scales-the-rate-for-the-step",
    form_of="scales-the-rate",
    base="finishes_what_is_left",
    change={
        """
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= samples
        """: """
            for group in optimizer.param_groups:
                group["lr"] /= samples
        """,
        "optimizer.step()": """
            optimizer.step()
            for group in optimizer.param_groups:
                group["lr"] *= samples
        """,
    },
)

mistake(
    "sets-train-mode",
    base="weighs_at_backward",
    says="The function calls model.train(), which switches on parts that the caller had put into eval mode.",
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                model.train()
        """,
    },
)

mistake(
    "short-window-divided-by-accumulate",
    base="weighs_each_loss",
    weight="part",
    says=(
        "Full windows are right, but a shorter last window moves too little: its gradients are divided as if "
        "it had `accumulate` micro-batches. Divide by what the window really holds."
    ),
    change={
        """
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
        """: """
            loss = loss_fn(model(x), y) * (len(x) / total)
            (loss * len(window) / accumulate).backward()
        """,
    },
)

mistake(
    "short-window-divided-by-accumulate-everywhere",
    form_of="short-window-divided-by-accumulate",
    base="weighs_each_loss",
    weight="part",
    change={
        "total = sum(len(x) for x, _ in window)": """
            total = sum(len(x) for x, _ in window) * accumulate / len(window)
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
    },
)

mistake(
    "steps-every-time",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The optimizer steps after every micro-batch, so nothing is accumulated: the later micro-batches of "
        "a window see a model that has moved already."
    ),
    source="https://github.com/rasbt/LLMs-from-scratch/issues/299",
    change={
        "(loss * len(x) / total).backward()": """
            (loss * len(x) / total).backward()
            optimizer.step()
        """,
        "optimizer.step()": "",
    },
)

mistake(
    "steps-on-the-first",
    base="finishes_what_is_left",
    weight="whole",
    says=(
        "`index % accumulate == 0` holds for the very first micro-batch, so the first step comes after one "
        "micro-batch, and all others come one micro-batch early."
    ),
    source="https://github.com/rasbt/LLMs-from-scratch/issues/299",
    change={
        """
            losses = []
            micro, samples, total = 0, 0, 0.0
        """: """
            losses = []
            samples, total = 0, 0.0
        """,
        "def finish():": "def step():",
        "for x, y in batches:": "for index, (x, y) in enumerate(batches):",
        "loss.backward()": """
            loss.backward()
            samples += len(x)
        """,
        """
                samples += len(x)
                micro += 1
                if micro == accumulate:
                    finish()
                    micro, samples, total = 0, 0, 0.0
            if micro:
                finish()
        """: """
                if index % accumulate == 0:
                    step()
                    samples, total = 0, 0.0
            if samples:
                step()
        """,
    },
)

mistake(
    "steps-with-nothing",
    base="weighs_each_loss",
    says=(
        "The loop runs once before it asks whether there is a micro-batch at all, so without any it steps, "
        "and returns a loss of zero."
    ),
    change={
        "while window := list(islice(it, accumulate)):": """
            window = list(islice(it, accumulate))
            while True:
        """,
        """
                losses.append(mean.item())
            return losses
        """: """
                losses.append(float(mean))
                window = list(islice(it, accumulate))
                if not window:
                    return losses
        """,
    },
)

mistake(
    "sum-of-losses",
    base="weighs_at_backward",
    says=(
        "The losses of a window are added without weights, so the value grows with the number of "
        "micro-batches."
    ),
    change={"mean += loss.detach() * len(x) / total": "mean += loss.detach()"},
)

mistake(
    "swapped-loss-arguments",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The model's output and the target are handed to loss_fn the wrong way round; only a symmetric loss "
        "does not mind."
    ),
    change={"loss = loss_fn(model(x), y)": "loss = loss_fn(y, model(x))"},
)

mistake(
    "to-the-cpu-and-back",
    base="weighs_each_loss",
    says=(
        "Model and batches are moved to the CPU for each micro-batch and back for the step. All of it can "
        "happen where they are; every move is a copy that waits."
    ),
    change={
        "losses = []": """
            losses = []
            home = next(model.parameters()).device
        """,
        "for x, y in window:": """
            for x, y in window:
                model.cpu()
                x, y = x.cpu(), y.cpu()
        """,
        """
                mean += loss.detach()
        """: """
                mean += loss.detach()
            model.to(home)
        """,
    },
)

mistake(
    "total-keeps-graphs",
    base="weighs_at_backward",
    says=(
        "Losses or outputs of the model are kept, in a list, a running sum or one more variable, and with "
        "each of them its graph; .detach() at once lets the graph go."
    ),
    source="https://github.com/google/brax/pull/152",
    change={
        "mean += loss.detach() * len(x) / total": "mean += loss * len(x) / total",
        "losses.append(float(mean))": "losses.append(mean.item())",
    },
)

mistake(
    "keeps-losses-of-the-epoch",
    form_of="total-keeps-graphs",
    base="weighs_each_loss",
    source="https://github.com/google/brax/pull/152",
    change={
        "losses = []": "windows = []",
        "mean = 0.0": "losses = []",
        "mean += loss.detach()": "losses.append(loss)",
        """
                losses.append(mean.item())
            return losses
        """: """
                windows.append(losses)
            return [sum(losses).item() for losses in windows]
        """,
    },
)

mistake(
    "keeps-outputs",
    form_of="total-keeps-graphs",
    base="weighs_each_loss",
    change={
        "losses = []": "losses, outputs = [], []",
        "loss = loss_fn(model(x), y) * len(x) / total": """
            outputs.append(model(x))
            loss = loss_fn(outputs[-1], y) * (len(x) / total)
        """,
    },
)

mistake(
    "keeps-the-last-loss",
    form_of="total-keeps-graphs",
    base="weighs_each_loss",
    change={
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        "optimizer.step()": """
            optimizer.step()
            last = loss
        """,
    },
)

mistake(
    "trains-a-copy",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The losses are computed with a copy of the model, so the gradients come to the copy's parameters "
        "and the optimizer finds none."
    ),
    change={
        "from itertools import islice": """
            import copy
            from itertools import islice
        """,
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                replica = copy.deepcopy(model)
        """,
        "loss = loss_fn(model(x), y)": "loss = loss_fn(replica(x), y)",
    },
)

mistake(
    "unfreezes",
    base="weighs_at_backward",
    says="The parameters that the caller had frozen are thawed, and trained with the others.",
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                model.requires_grad_()
        """,
    },
)

mistake(
    "thaws-for-the-call",
    form_of="unfreezes",
    base="weighs_each_loss",
    change={
        "def train_epoch(model, optimizer, loss_fn, batches, accumulate):": """
            def train_epoch(model, optimizer, loss_fn, batches, accumulate):
                frozen = [p for p in model.parameters() if not p.requires_grad]
                for p in frozen:
                    p.requires_grad_(True)
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": "loss = loss_fn(model(x), y) * (len(x) / total)",
        """
                losses.append(mean.item())
        """: """
                losses.append(mean.item())
            for p in frozen:
                p.requires_grad_(False)
        """,
    },
)

mistake(
    "waits-in-every-micro-batch",
    base="weighs_each_loss",
    says=(
        "For every micro-batch something is read or copied to the CPU: a loss by .item(), float() or .cpu(), "
        "a gradient, or a value by `if`. Each time the program waits until the GPU has done all its work; "
        "let things add up on the device and read once per step."
    ),
    source="https://github.com/whittle-org/whittle/issues/306",
    change={
        "mean = 0.0": "parts = []",
        "mean += loss.detach()": "parts.append(loss.detach())",
        "losses.append(mean.item())": "losses.append(sum(float(part) for part in parts))",
    },
)

mistake(
    "gradients-kept-on-the-cpu",
    form_of="waits-in-every-micro-batch",
    base="weighs_each_loss",
    change={
        "mean = 0.0": "mean, sums = 0.0, {}",
        """
                mean += loss.detach()
        """: """
                mean += loss.detach()
                for p in model.parameters():
                    if p.grad is not None:
                        sums[p] = sums.get(p, 0) + p.grad.cpu()
                        p.grad = None
            for p, gradient in sums.items():
                p.grad = gradient.to(p.device)
        """,
    },
)

mistake(
    "item-in-every-micro-batch",
    form_of="waits-in-every-micro-batch",
    base="weighs_at_backward",
    source="https://github.com/whittle-org/whittle/issues/306",
    change={
        "mean += loss.detach() * len(x) / total": "mean += loss.item() * len(x) / total",
        "losses.append(float(mean))": "losses.append(mean)",
    },
)

mistake(
    "looks-for-nan",
    form_of="waits-in-every-micro-batch",
    base="weighs_each_loss",
    source="https://github.com/NVIDIA/Megatron-LM/issues/1403",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "loss = loss_fn(model(x), y) * len(x) / total": """
            loss = loss_fn(model(x), y) * len(x) / total
            if torch.isnan(loss):
                raise ValueError("the loss is not a number")
        """,
    },
)

mistake(
    "losses-into-one-tensor",
    form_of="waits-in-every-micro-batch",
    base="weighs_each_loss",
    source="https://github.com/whittle-org/whittle/issues/306",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "mean = 0.0": "shares = []",
        "mean += loss.detach()": "shares.append(loss.detach())",
        "losses.append(mean.item())": "losses.append(torch.tensor(shares).sum().item())",
    },
)

mistake(
    "losses-to-the-cpu",
    form_of="waits-in-every-micro-batch",
    base="weighs_each_loss",
    source="https://github.com/whittle-org/whittle/issues/306",
    change={
        "from itertools import islice": """
            from itertools import islice
            import torch
        """,
        "mean = 0.0": "mean = torch.zeros(())",
        "mean += loss.detach()": "mean = mean + loss.detach().cpu()",
    },
)

mistake(
    "weighted-but-not-divided",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "The losses are multiplied by their samples, and the sum is never divided by the samples of the "
        "window."
    ),
    change={"(loss * len(x) / total).backward()": "(loss * len(x)).backward()"},
)

mistake(
    "whole-division",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "`len(x) // total` is 0 for every micro-batch that is not the whole window, so all gradients are "
        "zero."
    ),
    change={"(loss * len(x) / total).backward()": "(loss * (len(x) // total)).backward()"},
)

mistake(
    "yields",
    base="weighs_at_backward",
    weight="whole",
    says=(
        "With `yield` the function is a generator: calling it returns at once, and nothing is trained until "
        "somebody asks for the values."
    ),
    change={
        "losses = []": "",
        """
                losses.append(float(mean))
            return losses
        """: """
                yield mean
        """,
    },
)

mistake(
    "zeros-for-none",
    base="weighs_at_backward",
    says=(
        "Gradients are set to tensors of zeros, so the optimizer no longer passes over unused parameters: "
        "weight decay or momentum moves them."
    ),
    change={
        "optimizer.zero_grad()": """
            for p in model.parameters():
                p.grad = p.new_zeros(p.shape)
        """,
    },
)
