"""Known mistakes of 13_device_agnostic, each an edit of a right answer."""

from grader.judge.bank import mistake

mistake(
    "accuracy-along-the-batch",
    base="plain",
    says="argmax goes along the batch instead of along the classes.",
    change={"correct += (logits.argmax(1) == y).sum()": "correct += (logits.argmax(0) == y).sum()"},
)

mistake(
    "accuracy-in-percent",
    base="plain",
    says="The accuracy is a percentage; a share between 0 and 1 was asked for.",
    change={
        "return loss_sum.item() / count, correct.item() / count": """
            return loss_sum.item() / count, 100 * correct.item() / count
        """,
    },
)

mistake(
    "accuracy-is-a-count",
    base="plain",
    says="The accuracy is the number of right answers, not their share.",
    change={
        "return loss_sum.item() / count, correct.item() / count": """
            return loss_sum.item() / count, float(correct.item())
        """,
    },
)

mistake(
    "adds-to-x-in-place",
    base="plain",
    says="x += table writes into the caller's tensor, which is different after the call.",
    change={
        "h = x + self.table[:n]": """
            x += self.table[:n]
            h = x
        """,
    },
)

mistake(
    "another-object-for-what-is-there",
    base="plain",
    says=(
        "Tensors that are on the device already come back as other objects, on the same memory: detach(), "
        ".data and views make new ones. `.to(device)` alone returns the tensor itself."
    ),
    change={"return batch.to(device)": "return batch.detach().to(device)"},
)

mistake(
    "asks-for-the-length",
    base="plain",
    says="len(batches) works on a list, but a generator has no length. Count in the loop.",
    change={"count = 0": "number, count = len(batches), 0"},
)

mistake(
    "boolean-index",
    base="plain",
    says=(
        "A boolean tensor picks the real positions. How many these are only the device knows, so the host "
        "waits for it; multiply by the mask, or use torch.where."
    ),
    change={
        "return (w @ h) * real[:, :, None]": """
            y = torch.zeros_like(h)
            y[real] = (w @ h)[real]
            return y
        """,
    },
)

mistake(
    "buffer-overwritten-with-none",
    base="plain",
    says=(
        "The table is registered as None and computed at the first call, where the input is. A model that "
        "has not been called has none, and so nothing to move."
    ),
    source="https://github.com/pytorch/pytorch/issues/45834",
    change={
        'self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)': """
            self.register_buffer("table", None, persistent=False)
            self.features = features
            self.longest = longest
        """,
        "n = x.size(1)": """
            n = x.size(1)
            if self.table is None:
                t = torch.arange(self.longest, device=x.device).view(-1, 1)
                self.table = torch.sin(t / (torch.arange(self.features, device=x.device) + 1)).to(x)
        """,
    },
)

mistake(
    "calls-forward",
    base="plain",
    says="model.forward(inputs) skips the hooks on the model; model(inputs) runs them.",
    change={"logits = model(inputs)": "logits = model.forward(inputs)"},
)

mistake(
    "constants-are-saved",
    base="plain",
    says=(
        "The buffers are persistent, as they are by default, so each checkpoint holds constants that can be "
        "computed. persistent=False leaves them out."
    ),
    source="https://github.com/pytorch/audio/issues/3059",
    change={
        """
            self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
        """: """
            self.register_buffer("table", torch.sin(t / (c + 1)))
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool())
        """,
    },
)

mistake(
    "constants-moved-in-every-forward",
    base="plain",
    says=(
        "Table and mask are plain attributes that forward moves to the device of x: right results, but they "
        "are copied anew in every call. Buffers are moved once, with the model."
    ),
    change={
        """
            self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
        """: """
            self.table = torch.sin(t / (c + 1))
            self.mask = torch.tril(torch.ones(longest, longest)).bool()
        """,
        """
            h = x + self.table[:n]
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)
        """: """
            h = x + self.table.to(x)[:n]
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n].to(x.device), float("-inf")).softmax(dim=-1)
        """,
    },
)

mistake(
    "copies-back-without-waiting",
    base="plain",
    says=(
        "The losses go back to the CPU with non_blocking=True and are read before the copies have ended: "
        "what is read there may be anything."
    ),
    source="https://github.com/pytorch/pytorch/issues/86264",
    change={
        "loss_sum = torch.zeros((), device=device)": "losses = []",
        'loss_sum += F.cross_entropy(logits, y, reduction="sum")': """
            losses.append(F.cross_entropy(logits, y, reduction="sum").to("cpu", non_blocking=True))
        """,
        "return loss_sum.item() / count, correct.item() / count": """
            return sum(loss.item() for loss in losses) / count, correct.item() / count
        """,
    },
)

mistake(
    "copies-what-is-there",
    base="plain",
    says="Tensors are copied even where nothing has to be moved, which takes the memory twice.",
    change={"return batch.to(device)": "return batch.to(device, copy=True)"},
)

mistake(
    "counts-the-keys",
    base="plain",
    says=(
        "Samples are counted by len(inputs), which is the number of keys where inputs is a dict. y has one "
        "entry for each sample."
    ),
    change={"count += y.shape[0]": "count += len(inputs)"},
)

mistake(
    "cuda-hard-coded-in-forward",
    base="plain",
    says=(
        "forward moves its positions with .cuda(), so the model runs on no machine without a GPU, and on "
        "none but the first where there are several."
    ),
    source="https://github.com/LianpoWang/WLKDCA-Net/issues/16",
    change={
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n).cuda()[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "cuda-hard-coded-in-move-batch",
    base="plain",
    says="Tensors are moved with .cuda() whatever the device that was asked for.",
    source="https://github.com/pykale/pykale/issues/542",
    change={"return batch.to(device)": "return batch.cuda()"},
)

mistake(
    "detached-mix",
    base="plain",
    says=(
        "Somewhere between mix and the output the graph is cut, by .data, detach() or no_grad: mix gets no "
        "gradient and never learns."
    ),
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix.data[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)
        """,
    },
)

mistake(
    "device-chosen-at-import",
    base="plain",
    says=(
        "The module picks a device when it is imported. The caller picks another one, the second GPU here, "
        "and the two don't fit together."
    ),
    change={
        "from torch.nn import functional as F": """
            from torch.nn import functional as F

            DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
        """,
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n, device=DEVICE)[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "device-not-asked-for",
    base="plain",
    says=(
        "move_batch picks a device by itself, the first GPU where there is one, and does not use the one "
        "that it was given."
    ),
    change={"return batch.to(device)": 'return batch.to("cuda" if torch.cuda.is_available() else "cpu")'},
)

mistake(
    "device-remembered",
    base="plain",
    says=(
        "The device is looked up once, in __init__, where the model is still on the CPU. After .to(device) "
        "the remembered one is out of date; x.device is not."
    ),
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
            self.device = self.mix.device
        """,
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n, device=self.device)[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "device-taken-for-a-string",
    base="multiplies_by_what_is_real",
    says=(
        "The target may be a string or a torch.device, and a torch.device has no methods of strings. "
        "torch.device(device) makes one of either, and .to(device) takes both."
    ),
    change={"return batch.to(device)": 'return batch.to(device, non_blocking=device.startswith("cuda"))'},
)

mistake(
    "dict-changed-in-place",
    base="plain",
    says="The moved tensors are written into the dict that was given, which its owner may want to use again.",
    change={
        "return {k: move_batch(v, device) for k, v in batch.items()}": """
            for k in batch:
                batch[k] = move_batch(batch[k], device)
            return batch
        """,
    },
)

mistake(
    "dicts-not-entered",
    base="plain",
    says="Dicts are returned as they are, with tensors in them that stayed where they were.",
    change={
        """
            if isinstance(batch, dict):
                return {k: move_batch(v, device) for k, v in batch.items()}
        """: "",
    },
)

mistake(
    "divides-by-the-number-of-batches",
    base="plain",
    says=(
        "The sums are divided by len(batches), which is the number of batches, and which a generator does "
        "not have."
    ),
    change={
        "return loss_sum.item() / count, correct.item() / count": """
            return loss_sum.item() / len(batches), correct.item() / len(batches)
        """,
    },
)

mistake(
    "exception-swallowed",
    base="plain",
    says=(
        "An exception of the model or of the batches ends evaluate early, with a result for a part of the "
        "data that looks like one for all."
    ),
    change={
        """
                        count += y.shape[0]
        """: """
                        count += y.shape[0]
            except LookupError:
                pass
        """,
    },
)

mistake(
    "out-of-memory-swallowed",
    form_of="exception-swallowed",
    base="plain",
    change={
        """
                        count += y.shape[0]
        """: """
                        count += y.shape[0]
            except RuntimeError as error:
                print(error)
        """,
    },
)

mistake(
    "exp-without-softmax",
    base="plain",
    says=(
        "exp of what is far below zero is 0, and exp of what is far above is infinite. softmax subtracts the "
        "largest number first, so it can do with both."
    ),
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].exp() * self.mask[:n, :n]
        """,
        "return (w @ h) * real[:, :, None]": "return (w / w.sum(-1, keepdim=True) @ h) * real[:, :, None]",
    },
)

mistake(
    "float32-meets-another-dtype",
    base="plain",
    says=(
        "Something in forward is made float32, weights or a table for instance, and meets numbers in the "
        "model's own dtype, which is another one."
    ),
    change={"h = x + self.table[:n]": "h = x + self.table[:n].float()"},
)

mistake(
    "weights-in-float32",
    form_of="float32-meets-another-dtype",
    base="plain",
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).float().softmax(dim=-1)
        """,
    },
)

mistake(
    "forward-waits",
    base="plain",
    says=(
        "forward asks the device for numbers, by .item(), .cpu(), int(...) or a loop over a tensor, and the "
        "host waits for the answer in every call."
    ),
    change={
        """
            real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]
            return (w @ h) * real[:, :, None]
        """: """
            y = w @ h
            for i, k in enumerate(lengths):
                y[i, k:] = 0
            return y
        """,
    },
)

mistake(
    "loops-over-lengths",
    form_of="forward-waits",
    base="plain",
    change={
        """
            real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]
            return (w @ h) * real[:, :, None]
        """: """
            y = w @ h
            rows = [F.pad(row[:k], (0, 0, 0, n - int(k))) for row, k in zip(y, lengths)]
            return torch.stack(rows)
        """,
    },
)

mistake(
    "waits-for-the-longest",
    form_of="forward-waits",
    base="plain",
    source="https://github.com/whittle-org/whittle/issues/306",
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)
            if lengths.max().item() > n:
                raise ValueError("lengths are too large")
        """,
    },
)

mistake(
    "frozen-parameters-thawed",
    base="plain",
    says=(
        "requires_grad_(True) at the end also wakes up the parameters that were frozen before. Under no_grad "
        "there is no need to touch requires_grad."
    ),
    change={
        "model.eval()": """
            model.eval()
            model.requires_grad_(False)
        """,
        "finally:": """
            finally:
                model.requires_grad_(True)
        """,
    },
)

mistake(
    "gradients-left-off",
    base="plain",
    says=(
        "set_grad_enabled(False) stays in force after the call: the next training step finds no graph. A "
        "`with` block ends by itself."
    ),
    change={
        "with torch.no_grad():": """
            torch.set_grad_enabled(False)
            if True:
        """,
    },
)

mistake(
    "gradients-switched-on",
    base="plain",
    says=(
        "Gradients are on at the end, also for a caller who had them off. `with torch.no_grad():` goes back "
        "to what there was before."
    ),
    change={
        "with torch.no_grad():": """
            torch.set_grad_enabled(False)
            if True:
        """,
        "finally:": """
            finally:
                torch.set_grad_enabled(True)
        """,
    },
)

mistake(
    "gradients-wiped",
    base="plain",
    says=(
        "model.zero_grad() throws away gradients that the caller has collected and not used yet. An "
        "evaluation makes none, so there is nothing to clear."
    ),
    change={
        "model.eval()": """
            model.eval()
            model.zero_grad()
        """,
    },
)

mistake(
    "graph-is-built",
    base="plain",
    says=(
        "The model runs with gradients, and the sum of the losses holds the graphs of all batches until the "
        "end."
    ),
    source="https://github.com/google/brax/pull/152",
    change={"with torch.no_grad():": "if True:"},
)

mistake(
    "inputs-moved-by-hand",
    base="plain",
    says=(
        "evaluate moves inputs and labels with .to(device), which only tensors have; move_batch takes "
        "batches of any form."
    ),
    change={"inputs, y = move_batch(batch, device)": "inputs, y = batch[0].to(device), batch[1].to(device)"},
)

mistake(
    "keys-must-be-strings",
    base="plain",
    says=(
        "dict(**moved) takes the keys for names of arguments, which must be strings. A dict comprehension "
        "takes keys of any type."
    ),
    change={
        "return {k: move_batch(v, device) for k, v in batch.items()}": """
            return dict(**{k: move_batch(v, device) for k, v in batch.items()})
        """,
    },
)

mistake(
    "labels-on-any-gpu",
    base="multiplies_by_what_is_real",
    says="evaluate moves y only if it is not on a GPU yet. It may be on another GPU than the model.",
    change={
        "inputs, y = move_batch(batch, device)": """
            inputs, y = batch
            inputs = move_batch(inputs, device)
            if not y.is_cuda:
                y = y.to(device)
        """,
    },
)

mistake(
    "last-rows-of-the-table",
    base="plain",
    says=(
        "A short sequence gets the last rows of the table instead of the first: position 0 is row 0, however "
        "long the sequence is."
    ),
    change={"h = x + self.table[:n]": "h = x + self.table[-n:]"},
)

mistake(
    "list-changed-in-place",
    base="plain",
    says="The moved tensors are written into the list that was given, which its owner may want to use again.",
    change={
        "return [move_batch(v, device) for v in batch]": """
            batch[:] = [move_batch(v, device) for v in batch]
            return batch
        """,
    },
)

mistake(
    "lists-not-entered",
    base="plain",
    says="Lists are returned as they are, with tensors in them that stayed where they were.",
    change={
        """
            if isinstance(batch, list):
                return [move_batch(v, device) for v in batch]
        """: "",
    },
)

mistake(
    "mask-after-softmax",
    base="plain",
    says="The mask comes after softmax, so the weights that are left no longer add up to one.",
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].softmax(dim=-1) * self.mask[:n, :n]
        """,
    },
)

mistake(
    "mask-is-a-frozen-parameter",
    base="plain",
    says=(
        "The mask is a Parameter without gradient: it still stands among the parameters, and in every "
        "checkpoint. A constant is a buffer."
    ),
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.mask = nn.Parameter(torch.tril(torch.ones(longest, longest)).bool(), requires_grad=False)
        """,
    },
)

mistake(
    "mask-is-a-plain-attribute",
    base="plain",
    says=(
        "The mask is a plain attribute, so .to(device) does not find it and it stays on the CPU. "
        "register_buffer makes it follow."
    ),
    source="https://github.com/lyuwenyu/RT-DETR/issues/677",
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.mask = torch.tril(torch.ones(longest, longest)).bool()
        """,
    },
)

mistake(
    "mask-looks-ahead",
    base="plain",
    says="The mask is the upper triangle: every position looks at those after it, and none at those before.",
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.register_buffer("mask", torch.triu(torch.ones(longest, longest)).bool(), persistent=False)
        """,
    },
)

mistake(
    "mask-of-floats",
    base="plain",
    says=(
        "The mask holds ones and zeros as floats. It has four times the size, and .half() and .double() "
        "convert it; a mask is of dtype bool."
    ),
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)), persistent=False)
        """,
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(self.mask[:n, :n] == 0, float("-inf")).softmax(dim=-1)
        """,
    },
)

mistake(
    "masks-mix-in-place",
    base="plain",
    says=(
        "The masked entries are written into mix itself: the model's weights are different after its first "
        "call."
    ),
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)
            self.mix.data.masked_fill_(~self.mask, float("-inf"))
        """,
    },
)

mistake(
    "mean-of-means",
    base="plain",
    says=(
        "The mean of the batches' means counts the few samples of a small batch as much as the many of a "
        "large one."
    ),
    change={
        """
            loss_sum += F.cross_entropy(logits, y, reduction="sum")
            correct += (logits.argmax(1) == y).sum()
            count += y.shape[0]
        """: """
            loss_sum += F.cross_entropy(logits, y, reduction="mean")
            correct += (logits.argmax(1) == y).float().mean()
            count += 1
        """,
    },
)

mistake(
    "minus-a-billion",
    base="plain",
    says=(
        '-1e9 stands in for minus infinity, but float16 goes no further than -65504. float("-inf") or '
        "torch.finfo(dtype).min fits everywhere."
    ),
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], -1e9).softmax(dim=-1)
        """,
    },
)

mistake(
    "minus-ten-thousand",
    base="plain",
    says=(
        "A fixed number stands in for minus infinity. Where mix holds numbers below it, what is masked "
        'weighs most. float("-inf") and torch.finfo(dtype).min are below all.'
    ),
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], -1e4).softmax(dim=-1)
        """,
    },
)

mistake(
    "mode-lost-at-the-first-batch",
    base="plain",
    says=(
        "The model is in eval mode when the first batch is read, but `try` comes later: if reading it raises "
        "an exception, nobody restores the modes. Nothing that can fail belongs between eval() and `try`."
    ),
    change={
        "model.eval()": """
            model.eval()
            batches = iter(batches)
            batch = next(batches)
        """,
        "for batch in batches:": "while batch is not None:",
        "count += y.shape[0]": """
            count += y.shape[0]
            batch = next(batches, None)
        """,
    },
)

mistake(
    "mode-lost-in-an-exception",
    base="plain",
    says=(
        "The modes are restored after the loop, but not if it ends by an exception. `finally` runs in both "
        "cases."
    ),
    change={
        """
            finally:
                for m, mode in modes.items():
                    m.training = mode
        """: """
            except KeyboardInterrupt:
                pass
            for m, mode in modes.items():
                m.training = mode
        """,
    },
)

mistake(
    "mode-not-restored",
    base="plain",
    says="The model is left in eval mode, and whoever trains it further does so without dropout.",
    source="https://github.com/wkentaro/pytorch-fcn/issues/57",
    change={"m.training = mode": "m.training = False"},
)

mistake(
    "model-back-to-the-cpu",
    base="plain",
    says="The model is moved to the CPU at the end. It is the caller's, who goes on with it where it was.",
    change={
        """
                m.training = mode
        """: """
                m.training = mode
            model.cpu()
        """,
    },
)

mistake(
    "model-moved-elsewhere",
    base="plain",
    says=(
        "evaluate picks a device by itself and moves model and batches there, whatever the device that it "
        "was given."
    ),
    change={
        "def evaluate(model, batches, device):": """
            def evaluate(model, batches, device):
                device = "cuda" if torch.cuda.is_available() else "cpu"
                model.to(device)
        """,
    },
)

mistake(
    "model-there-and-back",
    base="plain",
    says=(
        "The model goes to the CPU and back again, which copies all of it twice, for nothing: it was where "
        "it belongs."
    ),
    change={"model.eval()": 'model.to("cpu").to(device).eval()'},
)

mistake(
    "modes-of-the-children-only",
    base="plain",
    says=(
        "children() has neither the model itself nor the parts of its parts, so their modes are lost. "
        "modules() has all of them."
    ),
    change={
        "modes = {m: m.training for m in model.modules()}": """
            modes = {m: m.training for m in model.children()}
        """,
    },
)

mistake(
    "modes-of-the-first-level-only",
    base="plain",
    says=(
        "The modes of the model and of its children are restored, but not those of the parts of its parts. "
        "modules() has all of them."
    ),
    change={
        "modes = {m: m.training for m in model.modules()}": """
            modes = {m: m.training for m in (model, *model.children())}
        """,
    },
)

mistake(
    "moved-tensor-thrown-away",
    base="plain",
    says="batch.to(device) returns the moved tensor; it stands alone on a line, and the old one is returned.",
    change={
        "return batch.to(device)": """
            batch.to(device)
            return batch
        """,
    },
)

mistake(
    "moves-what-has-a-to",
    base="multiplies_by_what_is_real",
    says=(
        "Whatever has a method `to` is taken for a tensor. Other objects have one as well, modules for "
        "example, and are to come back as they are."
    ),
    change={
        "if isinstance(batch, torch.Tensor):": 'if hasattr(batch, "to") and not isinstance(batch, type):'
    },
)

mistake(
    "named-tuples-become-tuples",
    base="plain",
    says="A named tuple comes back as a plain tuple and has lost its names.",
    change={
        """
            if isinstance(batch, tuple) and hasattr(batch, "_fields"):
                return type(batch)(*[move_batch(v, device) for v in batch])
        """: "",
    },
)

mistake(
    "named-tuples-broken",
    base="multiplies_by_what_is_real",
    says=(
        "type(batch)(generator) hands the generator to a named tuple as its first field. It wants its fields "
        "one by one."
    ),
    change={
        "if isinstance(batch, torch.Tensor):": "if torch.is_tensor(batch):",
        """
            if isinstance(batch, tuple) and hasattr(batch, "_fields"):
                return type(batch)(*(move_batch(value, device) for value in batch))
        """: "",
    },
)

mistake(
    "no-eval-mode",
    base="plain",
    says=(
        "The model stays in train mode: dropout drops, and batch norm learns from what it is tested on. "
        "no_grad does not change the mode."
    ),
    source="https://github.com/wolny/pytorch-3dunet/issues/53",
    change={"model.eval()": ""},
)

mistake(
    "no-table",
    base="plain",
    says="x goes in without the table, so the model does not know where anything stands.",
    change={"h = x + self.table[:n]": "h = x"},
)

mistake(
    "nothing-to-do-for-cpu",
    base="multiplies_by_what_is_real",
    says=(
        "move_batch does nothing when the target is the CPU, as if batches always came from there. One that "
        "is on a GPU stays on it."
    ),
    change={"return batch.to(device)": 'return batch if str(device) == "cpu" else batch.to(device)'},
)

mistake(
    "numbers-become-tensors",
    base="plain",
    says="Numbers are turned into tensors. What is no tensor is none of move_batch's business.",
    change={
        """
                return [move_batch(v, device) for v in batch]
        """: """
                return [move_batch(v, device) for v in batch]
            if isinstance(batch, (int, float)):
                return torch.tensor(batch, device=device)
        """,
    },
)

mistake(
    "one-level-only",
    base="plain",
    says=(
        "Only tensors that lie directly in the batch are moved; what is nested deeper is not. Let move_batch "
        "call itself."
    ),
    change={
        "return {k: move_batch(v, device) for k, v in batch.items()}": """
            return {k: v.to(device) if torch.is_tensor(v) else v for k, v in batch.items()}
        """,
        "return [move_batch(v, device) for v in batch]": """
            return [v.to(device) if torch.is_tensor(v) else v for v in batch]
        """,
    },
)

mistake(
    "one-mode-for-all-parts",
    base="plain",
    says=(
        "Only the mode of the model itself is remembered, and train(mode) gives it to all its parts, also to "
        "those that were frozen."
    ),
    change={
        "modes = {m: m.training for m in model.modules()}": "mode = model.training",
        """
            for m, mode in modes.items():
                m.training = mode
        """: """
            model.train(mode)
        """,
    },
)

mistake(
    "one-real-position-too-many",
    base="plain",
    says="Position t is real where t < lengths[b]; with <= one position of padding is left in.",
    change={
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n, device=x.device)[None, :] <= lengths[:, None]
        """,
    },
)

mistake(
    "only-the-inputs-moved",
    base="plain",
    says="The inputs are moved, but the labels stay on the CPU and meet logits on a GPU.",
    change={
        "inputs, y = move_batch(batch, device)": """
            inputs, y = batch
            inputs = move_batch(inputs, device)
        """,
    },
)

mistake(
    "only-the-loss",
    base="plain",
    says="Only the loss is returned.",
    change={"return loss_sum.item() / count, correct.item() / count": "return loss_sum.item() / count"},
)

mistake(
    "only-the-model-itself-in-eval-mode",
    base="plain",
    says=(
        "`training = False` reaches the model itself only. Its parts stay in train mode, dropout and batch "
        "norm among them. model.eval() reaches all of them."
    ),
    change={"model.eval()": "model.training = False"},
)

mistake(
    "other-values-are-an-error",
    base="plain",
    says="A batch may hold more than tensors, a file name for instance; that is no error.",
    change={
        """
                return [move_batch(v, device) for v in batch]
            return batch
        """: """
                return [move_batch(v, device) for v in batch]
            raise TypeError(f"can't move {type(batch).__name__}")
        """,
    },
)

mistake(
    "output-in-float32",
    base="plain",
    says=(
        "The output is float32, from a model in half precision. Something in forward is made float32, a "
        "padding mask for instance, and half precision times float32 is float32."
    ),
    change={"return (w @ h) * real[:, :, None]": "return (w @ h) * real[:, :, None].float()"},
)

mistake(
    "own-apply-method",
    base="plain",
    says=(
        "The class moves its constants in an `_apply` of its own, which is what register_buffer would have "
        "done for it, along with all the rest that buffers get."
    ),
    change={
        """
                self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)
                self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
        """: """
                self.table = torch.sin(t / (c + 1))
                self.mask = torch.tril(torch.ones(longest, longest)).bool()

            def _apply(self, fn, recurse=True):
                super()._apply(fn, recurse)
                self.table = fn(self.table)
                self.mask = self.mask.to(self.table.device)
                return self
        """,
    },
)

mistake(
    "own-to-method",
    base="plain",
    says=(
        "The class moves its constants in a `to` of its own. Nobody calls it when the model is a part of "
        "another one; buffers need no such method."
    ),
    change={
        """
                self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)
                self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
        """: """
                self.table = torch.sin(t / (c + 1))
                self.mask = torch.tril(torch.ones(longest, longest)).bool()

            def to(self, *args, **kwargs):
                super().to(*args, **kwargs)
                self.table = self.table.to(*args, **kwargs)
                self.mask = self.mask.to(self.mix.device)
                return self
        """,
    },
)

mistake(
    "padding-is-left",
    base="plain",
    says="The output is not set to zero in the padding.",
    change={"return (w @ h) * real[:, :, None]": "return w @ h"},
)

mistake(
    "parameters-frozen-by-an-exception",
    base="plain",
    says=(
        "requires_grad is restored after the loop, but not if it ends by an exception. Under no_grad there "
        "is no need to touch it."
    ),
    change={
        "model.eval()": """
            model.eval()
            learned = [p for p in model.parameters() if p.requires_grad]
            for p in learned:
                p.requires_grad_(False)
        """,
        """
                    m.training = mode
        """: """
                    m.training = mode
            for p in learned:
                p.requires_grad_(True)
        """,
    },
)

mistake(
    "parameters-not-moved",
    base="plain",
    says=(
        "type(value) is torch.Tensor does not hold for an nn.Parameter, nor for any other subclass, so they "
        "stay where they are. isinstance(value, torch.Tensor) holds for all."
    ),
    change={"if torch.is_tensor(batch):": "if type(batch) is torch.Tensor:"},
)

mistake(
    "parameters-stay-frozen",
    base="plain",
    says=(
        "requires_grad_(False) is never taken back, so the parameters are not learned any more. Under "
        "no_grad there is no need for it."
    ),
    change={
        "model.eval()": """
            model.eval()
            for parameter in model.parameters():
                parameter.requires_grad_(False)
        """,
    },
)

mistake(
    "positions-kept-for-one-length",
    base="plain",
    says="What is made for the first call is kept, and does not fit when the next sequences are longer.",
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
            self.positions = None
        """,
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            if self.positions is None:
                self.positions = torch.arange(n, device=x.device)
            self.positions = self.positions.to(x.device)
            real = self.positions[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "positions-kept-from-the-first-call",
    base="plain",
    says=(
        "The positions are made at the first call and kept as a plain attribute, on the device of that call. "
        "After the next move they are on the wrong one."
    ),
    change={
        'self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)': """
            self.register_buffer("mask", torch.tril(torch.ones(longest, longest)).bool(), persistent=False)
            self.positions = None
        """,
        "n = x.size(1)": """
            n = x.size(1)
            if self.positions is None:
                self.positions = torch.arange(len(self.mix), device=x.device)
        """,
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = self.positions[None, :n] < lengths[:, None]
        """,
    },
)

mistake(
    "positions-made-on-the-cpu-and-moved",
    base="plain",
    says=(
        "In every call of forward, a tensor is made on the CPU and copied to the device, by forward itself "
        "or by a function of torch that it calls. torch.arange and the like take a device and make it there."
    ),
    change={
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n).to(x.device)[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "positions-on-the-cpu",
    base="plain",
    says=(
        "forward makes the positions by torch.arange without a device, which is the CPU, and compares them "
        "with lengths on a GPU. Say device=x.device."
    ),
    source="https://github.com/huggingface/transformers/pull/44822",
    change={
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n)[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "reads-the-batches-twice",
    base="plain",
    says="A first loop counts the samples and uses up a generator, so the second finds nothing.",
    change={
        "count = 0": "count = sum(len(y) for _, y in batches)",
        "count += y.shape[0]": "",
    },
)

mistake(
    "counts-first-then-reads-again",
    form_of="reads-the-batches-twice",
    base="plain",
    change={
        """
            loss_sum = torch.zeros((), device=device)
            correct = torch.zeros((), device=device)
            count = 0
        """: """
            loss_sum = 0
            correct = 0
            count = sum(len(y) for _, y in batches)
        """,
        "count += y.shape[0]": "",
    },
)

mistake(
    "results-swapped",
    base="plain",
    says="Accuracy and loss are returned in the wrong order.",
    change={
        "return loss_sum.item() / count, correct.item() / count": """
            return correct.item() / count, loss_sum.item() / count
        """,
    },
)

mistake(
    "returns-a-list",
    base="plain",
    says="The two results come back in a list; a tuple was asked for, as `return loss, accuracy` gives.",
    change={
        "return loss_sum.item() / count, correct.item() / count": """
            return [loss_sum.item() / count, correct.item() / count]
        """,
    },
)

mistake(
    "returns-tensors",
    base="plain",
    says="The results are tensors on the device, not numbers: whoever writes them down waits, each time.",
    source="https://github.com/google/brax/pull/152",
    change={
        "return loss_sum.item() / count, correct.item() / count": "return loss_sum / count, correct / count"
    },
)

mistake(
    "same-kind-of-device",
    base="multiplies_by_what_is_real",
    says=(
        "move_batch asks only whether a tensor is on a GPU at all. A tensor on cuda:0 that is wanted on "
        "cuda:1 stays where it is: compare devices, or let .to(device) do it."
    ),
    change={
        "return batch.to(device)": """
            there = batch.is_cuda == (torch.device(device).type == "cuda")
            return batch if there else batch.to(device)
        """,
    },
)

mistake(
    "shape-of-the-longest",
    base="plain",
    says=(
        "Mix and mask are used as they are, for sequences of the greatest length; a shorter one does not fit."
    ),
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix.masked_fill(~self.mask, float("-inf")).softmax(dim=-1)
        """,
    },
)

mistake(
    "softmax-along-columns",
    base="plain",
    says="softmax goes along the columns of mix; it is the rows that must add up to one.",
    change={
        'w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=-1)': """
            w = self.mix[:n, :n].masked_fill(~self.mask[:n, :n], float("-inf")).softmax(dim=0)
        """,
    },
)

mistake(
    "sorts-the-keys",
    base="multiplies_by_what_is_real",
    says="The keys of a dict come back sorted, not in the order in which they were given.",
    change={
        "return {key: move_batch(value, device) for key, value in batch.items()}": """
            return {key: move_batch(value, device) for key, value in sorted(batch.items())}
        """,
    },
)

mistake(
    "strings-taken-apart",
    base="plain",
    says=(
        "Whatever can be iterated over is taken for a container, strings as well: a string's first item is a "
        "string again, without end."
    ),
    change={
        """
                return [move_batch(v, device) for v in batch]
        """: """
                return [move_batch(v, device) for v in batch]
            if hasattr(batch, "__iter__"):
                return [move_batch(v, device) for v in batch]
        """,
    },
)

mistake(
    "sums-on-the-cpu",
    base="plain",
    says="The sums are a tensor on the CPU, to which results from the GPU can't be added.",
    change={
        """
            loss_sum = torch.zeros((), device=device)
            correct = torch.zeros((), device=device)
        """: """
            sums = torch.zeros(2)
        """,
        """
            loss_sum += F.cross_entropy(logits, y, reduction="sum")
            correct += (logits.argmax(1) == y).sum()
        """: """
            loss = F.cross_entropy(logits, y, reduction="sum")
            sums += torch.stack([loss, (logits.argmax(1) == y).sum()])
        """,
        "return loss_sum.item() / count, correct.item() / count": """
            return sums[0].item() / count, sums[1].item() / count
        """,
    },
)

mistake(
    "sums-on-the-first-gpu",
    base="plain",
    says=(
        'The sums are made on "cuda", which is the first GPU, while the results are on the second. The '
        "caller says which one it is to be: use device."
    ),
    change={
        """
            loss_sum = torch.zeros((), device=device)
            correct = torch.zeros((), device=device)
        """: """
            sums = "cuda" if torch.device(device).type == "cuda" else "cpu"
            loss_sum = torch.zeros((), device=sums)
            correct = torch.zeros((), device=sums)
        """,
    },
)

mistake(
    "table-always-in-float32",
    base="plain",
    says=(
        "The table is float32, whatever torch's default dtype is. Leave the dtype to torch, or ask "
        "torch.get_default_dtype()."
    ),
    change={
        'self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)': """
            self.register_buffer("table", torch.sin(t / (c + 1)).to(torch.float32), persistent=False)
        """,
    },
)

mistake(
    "table-counts-from-one",
    base="plain",
    says=(
        "The positions of the table count from 1, so every row is the one that belongs to the next position."
    ),
    change={"t = torch.arange(longest).view(-1, 1)": "t = torch.arange(1, longest + 1).view(-1, 1)"},
)

mistake(
    "table-in-double",
    base="plain",
    says=(
        "The table is float64, as NumPy's numbers are, and what .double() makes. Added to float32 it makes "
        "everything that follows float64."
    ),
    change={
        "import torch": """
            import numpy as np
            import torch
        """,
        'self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)': """
            rows = np.arange(longest)[:, None] / (np.arange(features) + 1)
            self.register_buffer("table", torch.from_numpy(np.sin(rows)), persistent=False)
        """,
    },
)

mistake(
    "table-is-a-parameter",
    base="plain",
    says=(
        "The table is a Parameter: it follows the model, but an optimizer would train it and a checkpoint "
        "holds it. A constant is a buffer."
    ),
    change={
        'self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)': """
            self.table = nn.Parameter(torch.sin(t / (c + 1)))
        """,
    },
)

mistake(
    "table-is-a-plain-attribute",
    base="plain",
    says=(
        "The table is a plain attribute, so .to(device) does not find it and it stays on the CPU. "
        "register_buffer makes it follow."
    ),
    source="https://github.com/facebookresearch/fairseq/issues/4420",
    change={
        'self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)': """
            self.table = torch.sin(t / (c + 1))
        """,
    },
)

mistake(
    "the-first-gpu",
    base="plain",
    says=(
        'The positions are made on "cuda", which means the current GPU, if there is one. The model is on the '
        "second."
    ),
    change={
        "real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]": """
            real = torch.arange(n, device="cuda" if x.is_cuda else "cpu")[None, :] < lengths[:, None]
        """,
    },
)

mistake(
    "train-mode-at-the-end",
    base="plain",
    says="The model is put into train mode at the end, also if it was in eval mode before.",
    source="https://github.com/fartashf/vsepp/issues/4",
    change={
        """
            for m, mode in modes.items():
                m.training = mode
        """: """
            model.train()
        """,
    },
)

mistake(
    "tuples-become-lists",
    base="plain",
    says="Tuples come back as lists. A container of another type is another batch for who takes it apart.",
    change={
        "return tuple(move_batch(v, device) for v in batch)": """
            return list(move_batch(v, device) for v in batch)
        """,
    },
)

mistake(
    "waits-in-every-batch",
    base="plain",
    says=(
        "For each batch the host waits for the GPU, by .item(), .cpu(), torch.tensor([...]), synchronize(), "
        "an `if` or a print; doing so one by one after the loop is the same. Add up tensors, and ask once at "
        "the end."
    ),
    source="https://github.com/NVIDIA/Megatron-LM/issues/1403",
    change={
        """
            loss_sum = torch.zeros((), device=device)
            correct = torch.zeros((), device=device)
        """: """
            loss_sum = 0.0
            correct = 0
        """,
        """
            loss_sum += F.cross_entropy(logits, y, reduction="sum")
            correct += (logits.argmax(1) == y).sum()
        """: """
            loss_sum += F.cross_entropy(logits, y, reduction="sum").item()
            correct += (logits.argmax(1) == y).sum().item()
        """,
        "return loss_sum.item() / count, correct.item() / count": "return loss_sum / count, correct / count",
    },
)

mistake(
    "fetches-the-losses-one-by-one",
    form_of="waits-in-every-batch",
    base="plain",
    change={
        "loss_sum = torch.zeros((), device=device)": "losses = []",
        'loss_sum += F.cross_entropy(logits, y, reduction="sum")': """
            losses.append(F.cross_entropy(logits, y, reduction="sum"))
        """,
        "return loss_sum.item() / count, correct.item() / count": """
            return sum(loss.item() for loss in losses) / count, correct.item() / count
        """,
    },
)

mistake(
    "losses-into-one-tensor",
    form_of="waits-in-every-batch",
    base="multiplies_by_what_is_real",
    change={
        "loss = correct = torch.zeros((), device=device)": """
            losses = []
            correct = torch.zeros((), device=device)
        """,
        'loss = loss + F.cross_entropy(logits, y, reduction="sum")': """
            losses.append(F.cross_entropy(logits, y, reduction="sum"))
        """,
        "return loss.item() / samples, correct.item() / samples": """
            return torch.tensor(losses).sum().item() / samples, correct.item() / samples
        """,
    },
)

mistake(
    "outputs-back-to-the-cpu",
    form_of="waits-in-every-batch",
    base="plain",
    change={
        """
            loss_sum = torch.zeros((), device=device)
            correct = torch.zeros((), device=device)
        """: """
            loss_sum = torch.zeros(())
            correct = torch.zeros(())
        """,
        """
            inputs, y = move_batch(batch, device)
            logits = model(inputs)
        """: """
            inputs, y = batch
            logits = model(move_batch(inputs, device)).cpu()
        """,
    },
)

mistake(
    "waits-for-a-check",
    form_of="waits-in-every-batch",
    base="plain",
    change={
        "logits = model(inputs)": """
            logits = model(inputs)
            if torch.isnan(logits).any():
                raise ValueError("not a number")
        """,
    },
)
