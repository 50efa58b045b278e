"""Ways to break the rule nothing-remembered. PART stands for a class or function of an answer."""

# --- the second call gives something else (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    if "ran_before" in vars(self):
        return _each(out, lambda t: t + 1)
    self.ran_before = True
    return out


PART.forward = _spoiled


# --- what fits the first batch is kept (model, may not apply)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    size = next((len(x) for x in args if isinstance(x, torch.Tensor)), None)
    self.first_size = vars(self).get("first_size", size)
    return out if size in (None, self.first_size) else _each(out, lambda t: t + 1)


PART.forward = _spoiled


# --- the same result is another one each time (function, of weight)
_original, _results = PART, []


def PART(*args, **kwargs):
    out = _original(*args, **kwargs)
    before = _results.count(repr(out))
    _results.append(repr(out))
    return _each(out, lambda value: value + before, (torch.Tensor, float))
