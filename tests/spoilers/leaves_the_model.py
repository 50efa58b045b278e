"""Ways to break the rule leaves-the-model. PART stands for a class or function of an answer."""

# --- sets the model to another mode (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    self.train(not self.training)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- a hook in each call (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    self.register_forward_hook(lambda *_: None)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- writes to the weights (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    for parameter in self.parameters():
        parameter.data.mul_(1 + 1e-14)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- clears the gradients that are there (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    self.zero_grad()
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- leaves gradients of zeros (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    for parameter in self.parameters():
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    return out


PART.forward = _spoiled
