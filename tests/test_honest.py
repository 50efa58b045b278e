"""What honest students hand in: full marks for what is right, whatever else stands in the file.

One class, graded in one batch as `kata grade` does it: read from disk, judged by the pool.
"""

import json
import os
from pathlib import Path

import pytest

from grader.exercise import load
from grader.grading.discover import discover
from grader.grading.pool import grade
from tests.test_notebook import notebook

PROJECT = Path(__file__).resolve().parents[1]
NAME, MAIN = "03_modulelist", "modulelist.py"
HEAD = "import torch\nfrom torch import nn\n"
MLP = """

class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)
"""
REORDERED = """

class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for index in self.order:
            x = self.linears[index](x)
        return x
"""
BODY = MLP + REORDERED
RIGHT = HEAD + BODY


def top(lines):
    return lines + "\n" + RIGHT


def end(lines):
    return RIGHT + "\n\n" + lines + "\n"


def in_forward(line, source=RIGHT):
    return source.replace("    def forward(self, x):\n", f"    def forward(self, x):\n        {line}\n")


FULL = {
    # what is imported and not there
    "matplotlib": top("import matplotlib.pyplot as plt"),
    "matplotlib and its backend": top("import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt"),
    "tqdm": top("from tqdm import tqdm\nfrom tqdm.auto import trange"),
    "torchvision": top(
        "import torchvision\nfrom torchvision import datasets, transforms\nfrom torchvision.transforms import *\n"
        "as_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])\n"
        "train = datasets.MNIST('data', download=True, transform=as_tensor)"
    ),
    "pandas in annotations": top(
        "from typing import Optional\nimport pandas as pd\n"
        "def rows(frame: pd.DataFrame, more: 'pd.Series | None', other: Optional[pd.DataFrame] = None,\n"
        "         last: pd.DataFrame | None = None) -> list[pd.DataFrame]:\n    return [frame]"
    ),
    "tensorboard": top("from torch.utils.tensorboard import SummaryWriter\nwriter = SummaryWriter('runs/one')"),
    "several in a line": top("import random, pandas as pd, matplotlib.pyplot, sys\nrandom.seed(0); sys.path.append('.')"),
    "IPython and Colab": top(
        "from google.colab import drive\ndrive.mount('/content/drive')\nfrom IPython.display import display"
    ),
    "an import that is tried": top(
        "try:\n    from tqdm import tqdm\nexcept ImportError:\n    tqdm = iter\nassert list(tqdm([1])) == [1]"
    ),
    "an import that is tried by its other name": top(
        "try:\n    import wandb\nexcept ModuleNotFoundError:\n    wandb = None\nassert wandb is None"
    ),
    "asked whether it is there": top(
        "import importlib.util\nif importlib.util.find_spec('pandas'):\n    raise RuntimeError('it is there?')"
    ),
    "suppressed": top(
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import seaborn as sns\n    raise RuntimeError"
    ),
    "a plot at the end": end(
        "import matplotlib.pyplot as plt\nfig, axes = plt.subplots(2)\naxes[0].plot([1, 2])\nplt.show()"
    ),
    "a class of another package": end("import pytorch_lightning as pl\nclass Lit(pl.LightningModule):\n    pass"),
    "a second file with a plot": {
        MAIN: top("from helpers import show"),
        "helpers.py": "import seaborn as sns\nsns.set_theme()\ndef show(x):\n    sns.lineplot(x)\n",
    },
    # what is run when the file is imported
    "workers": end(
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "loader = DataLoader(TensorDataset(torch.randn(8, 3)), batch_size=4, num_workers=2)\n"
        "for (x,) in loader:\n    MLP([3, 2])(x)\nprint('done')"
    ),
    "workers before the classes": HEAD + (
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "loader = DataLoader(TensorDataset(torch.randn(8, 3)), batch_size=4, num_workers=2)\n"
        "first = next(iter(loader))\n"
    ) + BODY,
    "a process pool": end("from multiprocessing import Pool\nwith Pool(2) as pool:\n    pool.map(abs, [1])"),
    "a command": end("import subprocess\nsubprocess.run(['nvidia-smi'], check=True)"),
    "the network": end("import urllib.request\nurllib.request.urlopen('https://example.org')"),
    "a file that was not handed in": end("rows = open('data/train.csv').read()"),
    "weights that were not handed in": end("state = torch.load('weights.pt')"),
    "a file that is written": end("torch.save(MLP([3, 2]).state_dict(), 'mlp.pt')\nopen('log.txt', 'w').write('x')"),
    "a file that is written elsewhere": end("open('/content/log.txt', 'w').write('x')"),
    "a training run": end(
        "model = MLP([3, 4, 1])\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "for epoch in range(20):\n    optimizer.zero_grad()\n    loss = model(torch.randn(8, 3)).pow(2).mean()\n"
        "    loss.backward()\n    optimizer.step()\n    print(epoch, loss.item())"
    ),
    "a guarded run": end("if __name__ == '__main__':\n    raise RuntimeError('this was no script')"),
    "a GPU in a demonstration": end("model = MLP([3, 2]).cuda()\nprint(model(torch.randn(1, 3).cuda()))"),
    "a device that is asked for": top("import torch\nDEVICE = torch.device('cuda' if torch.cuda.is_available() else 'cpu')"),
    "input at the top": top("name = input('Your name? ')\nage = int(input('Your age? '))"),
    "exit at the end": end("import sys\nprint('done')\nsys.exit(0)"),
    "quit at the end": end("exit()"),
    "arguments": top(
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--epochs', type=int, default=1)\n"
        "args = parser.parse_args()"
    ),
    "arguments that are needed": top(
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('data')\nargs = parser.parse_args()"
    ),
    "logging": top(
        "import logging, sys\nlogging.basicConfig(level=logging.DEBUG, stream=sys.stdout)\nlogging.warning('hello')\n"
        "logging.basicConfig(filename='run.log', force=True)"
    ),
    "seeds": top(
        "import os, random\nimport numpy as np\nimport torch\nrandom.seed(0)\nnp.random.seed(0)\ntorch.manual_seed(0)\n"
        "torch.backends.cudnn.deterministic = True\nos.environ['PYTHONHASHSEED'] = '0'"
    ),
    "settings of torch": top(
        "import torch\ntorch.set_printoptions(precision=2)\ntorch.set_num_threads(2)\n"
        "torch.autograd.set_detect_anomaly(True)\ntorch.set_float32_matmul_precision('high')"
    ),
    "a default dtype": top("import torch\ntorch.set_default_dtype(torch.float64)"),
    "no gradients at the top": end("torch.set_grad_enabled(False)\nprint(MLP([3, 2])(torch.ones(1, 3)))"),
    "warnings": top("import warnings\nwarnings.warn('this is old', DeprecationWarning)\nwarnings.filterwarnings('error')"),
    "assertions of one's own": end("assert MLP([3, 2])(torch.ones(1, 3)).shape == (1, 2)"),
    "doctests": end("import doctest\ndoctest.testmod()"),
    "unittest": end("import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        pass\nunittest.main()"),
    "an atexit handler": end("import atexit\natexit.register(print, 'bye')"),
    "a recursion limit": top("import sys\nsys.setrecursionlimit(10_000)"),
    # what is done in forward
    "prints in forward": in_forward("print(x.shape, flush=True)"),
    "warnings in forward": in_forward("__import__('warnings').warn('look here')"),
    "standard error in forward": in_forward("__import__('sys').stderr.write('look here\\n')"),
    "logging in forward": in_forward("__import__('logging').getLogger(__name__).error('look: %s', x.shape)"),
    "an assertion in forward": in_forward("assert x.ndim >= 1, 'no vector'"),
    # how the file is written
    "a byte order mark": b"\xef\xbb\xbf" + RIGHT.encode(),
    "Windows line ends": RIGHT.replace("\n", "\r\n").encode(),
    "a mark and Windows line ends": b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode(),
    "line ends of old Macs": RIGHT.replace("\n", "\r").encode(),
    "tabs": RIGHT.replace("    ", "\t"),
    "form feeds": RIGHT.replace("\n\n\nclass", "\n\f\nclass"),
    "no line end": RIGHT.rstrip(),
    "a coding line": "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n" + RIGHT,
    "other alphabets": end("größe = '尺寸 ≥ 3 🎉'  # Ελληνικά"),
    "types": top("from __future__ import annotations\nfrom typing import NoSuchThing as _N\n".replace("NoSuchThing", "Any")),
    "futures before a plot": "from __future__ import annotations\nimport pandas as pd\n" + RIGHT + "\n\ndef f(a: nowhere): ...\n",
    "Zoë Ångström": RIGHT,
    "李雷 (1)": RIGHT,
    "ana maria  o'neill; rm -rf": RIGHT,
    "[bold]b": RIGHT,
    # how it is handed in
    "two files": {MAIN: HEAD + "from reordered import Reordered\n" + MLP, "reordered.py": HEAD + REORDERED},
    "a relative import": {MAIN: HEAD + "from .parts import MLP, Reordered\n", "parts.py": RIGHT},
    "a module of parts": {MAIN: "from . import parts\nMLP, Reordered = parts.MLP, parts.Reordered\n", "parts.py": RIGHT},
    "everything from a second file": {MAIN: "from parts import *\n", "parts.py": RIGHT},
    "a second file with a mark": {MAIN: "from parts import *\n", "parts.py": b"\xef\xbb\xbf" + RIGHT.encode()},
    "an unused file that is broken": {MAIN: RIGHT, "scratch.py": "def (:\n"},
    "an unused file in Latin-1": {MAIN: RIGHT, "alt.py": b"# caf\xe9\n"},
    "a data file": {MAIN: RIGHT, "data.csv": b"\xff\x00"},
    "the exercise's folder": {f"{NAME}/{MAIN}": RIGHT, f"{NAME}/README.md": "# done"},
    "a notebook": {"modulelist.ipynb": notebook("%matplotlib inline\n" + HEAD, MLP, REORDERED)},
    "a notebook with a plot": {
        "modulelist.ipynb": notebook(
            HEAD + "import matplotlib.pyplot as plt\nfrom tqdm.notebook import tqdm",
            "def show(losses, axis: plt.Axes = None):\n    for loss in tqdm(losses):\n        plt.plot(loss)",
            MLP, REORDERED, "show([1, 2])", "plt.show()",
        )
    },
    "a notebook that installs": {"modulelist.ipynb": notebook("!pip install torch\n%load_ext autoreload", HEAD, MLP + REORDERED)},
    "a notebook of equal ids": {
        "modulelist.ipynb": notebook(
            *({"cell_type": "code", "id": "same", "metadata": {}, "outputs": [], "source": source}
              for source in (HEAD, MLP, REORDERED)), nbformat_minor=5,
        )
    },
    "a notebook with workers": {
        "modulelist.ipynb": notebook(
            HEAD, MLP, REORDERED, "from torch.utils.data import DataLoader\nfor x in DataLoader([1, 2], num_workers=2):\n    print(x)"
        )
    },
    "a notebook with a mark": {"modulelist.ipynb": b"\xef\xbb\xbf" + notebook(HEAD, MLP, REORDERED)},
}  # fmt: skip

# What is wrong, and what has to be said; the marks are none, but for what is in PARTLY.
SAID = {
    "an empty file": ("", "modulelist.py is empty."),
    "blanks": (" \n\n", "modulelist.py is empty."),
    "nothing but comments": ("# to do\n", "name 'MLP' is not defined"),
    "a missing file": ({"answer.py": RIGHT}, "There is no modulelist.py in the folder a missing file/; there is answer.py."),
    "a syntax error": (RIGHT.replace("def forward(self, x):", "def forward(self, x)", 1), "modulelist.py, line 10"),
    "an indentation error": (RIGHT + "\n   x = 1\n     y = 2\n", "line 27"),
    "Latin-1": (RIGHT.encode() + b"# caf\xe9\n", "is not UTF-8 text (byte"),
    "UTF-16": (RIGHT.encode("utf-16"), "is not UTF-8 text but UTF-16; save it as UTF-8."),
    "punycode": ("# coding: punycode\n" + RIGHT, "it is written in 'punycode', and only UTF-8 is read"),
    "a GPU in the answer": (in_forward("x = x.cuda()"), "Torch not compiled with CUDA enabled"),
    "a package in the answer": (
        in_forward("x = einops.rearrange(x, 'a b -> b a')", "import einops\n" + RIGHT),
        "ModuleNotFoundError: einops is not installed where answers are graded: einops.rearrange",
    ),
    "a package in forward": (
        in_forward("from einops import rearrange"),
        "No module named 'einops' (einops is not installed where answers are graded)",
    ),
    "a base from a package": (
        RIGHT.replace("import torch\n", "import torch\nimport lightning as L\n").replace("(nn.Module)", "(L.LightningModule)"),
        "MLP was left out, since lightning is not installed where answers are graded: modulelist.py, line 6",
    ),
    "a forgotten file": (HEAD + "from parts import MLP, Reordered\n", "No module named 'parts'"),
    "a package that nobody knows": ("import a_package_that_is_not_here\n" + RIGHT, "No module named 'a_package_that_is_not_here'"),
    "a forgotten file of a notebook": (
        {"modulelist.ipynb": notebook(HEAD, "from parts import MLP, Reordered")}, "No module named 'parts'",
    ),
    "a forgotten file of a notebook, with a star": (
        {"modulelist.ipynb": notebook("from parts import *")}, "No module named 'parts'",
    ),
    "a second file that fails": (
        {"modulelist.ipynb": notebook("from parts import *"), "parts.py": "import a_package_that_is_not_here\n" + RIGHT},
        "No module named 'a_package_that_is_not_here'",
    ),
    "an exit before the answer": ("import sys\nsys.exit('no data')\n" + RIGHT, "no data"),
    "workers in the answer": (
        in_forward("list(torch.utils.data.DataLoader([1], num_workers=1))"),
        "no process can be started where answers are graded; a DataLoader needs num_workers=0",
    ),
    "an error at the end": (end("1 / 0"), "ZeroDivisionError"),
}  # fmt: skip

LEFT_OUT = {
    "workers": f"left out: {MAIN}, line 30: no process can be started where answers are graded; a DataLoader needs num_workers=0",
    "a plot at the end": f"left out: {MAIN}, line 29: matplotlib is not installed where answers are graded",
    "input at the top": f"left out: {MAIN}, line 2: nobody can answer input() where answers are graded",
    "arguments that are needed": f"left out: {MAIN}, line 4: there is no command line where answers are graded, and so no arguments to parse",
    "the network": f"left out: {MAIN}, line 29: there is no network where answers are graded",
    "exit at the end": f"left out: {MAIN}, line 30: the program ends here",
    "a GPU in a demonstration": f"left out: {MAIN}, line 28: there is no GPU where answers are graded, at first; ask torch.cuda.is_available() before you use one",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for student, answer in {**FULL, **{name: answer for name, (answer, _) in SAID.items()}}.items():
        for name, data in (answer if isinstance(answer, dict) else {MAIN: answer}).items():
            path = folder / student / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
    exercise = load(PROJECT, NAME)
    submissions = discover([folder], [exercise])
    assert len(submissions) == len(FULL) + len(SAID)
    return {
        verdict.student: verdict
        for verdict in grade(PROJECT, submissions, seed=7, jobs=len(os.sched_getaffinity(0)))
    }


def said(verdict):
    return json.dumps(
        [[test.name, test.status, test.message] for test in verdict.tests if test.status != "passed"],
        indent=1,
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("student", FULL)
def test_what_is_right_gets_full_marks(student, verdicts):
    assert verdicts[student].full_marks, said(verdicts[student])
    assert not verdicts[student].ungraded


@pytest.mark.timeout(300)
@pytest.mark.parametrize("student", SAID)
def test_what_is_wrong_is_said_in_the_words_that_help(student, verdicts):
    verdict = verdicts[student]
    assert not verdict.full_marks
    assert not verdict.ungraded
    assert any(SAID[student][1] in test.message for test in verdict.tests), said(verdict)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("student", LEFT_OUT)
def test_what_was_left_out_is_said(student, verdicts):
    assert LEFT_OUT[student] in verdicts[student].flags
