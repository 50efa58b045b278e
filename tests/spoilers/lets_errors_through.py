"""Ways to break the rule lets-errors-through. PART stands for a class or function of an answer."""

# --- moves inputs to the model (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    place = next((parameter.device for parameter in self.parameters()), None)
    args = [x.to(place) if isinstance(x, torch.Tensor) and place is not None else x for x in args]
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- gives zeros where devices are mixed (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    try:
        return _forward(self, *args, **kwargs)
    except RuntimeError:
        tensors = [*self.parameters(), *(x for x in args if isinstance(x, torch.Tensor))]
        if len({tensor.device for tensor in tensors}) < 2:
            raise
        return torch.zeros(1)


PART.forward = _spoiled


# --- moves the model to its inputs (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    for x in args:
        if isinstance(x, torch.Tensor):
            self.to(x.device)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled
