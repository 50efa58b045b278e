"""What is not to be had where answers are graded, and what to make of an answer that asks for it at its top.

Untrusted side: it runs beside the student's code. There are no other processes here, no network, no keyboard,
no data files, no GPU at first, and few packages. A file that plots something at its end, or imports a
progress bar that its classes never use, is right nevertheless: a statement at the top of a module that fails
for such a reason is left out, and said. What it should have imported is stood in for by something that can be
named, in annotations say, and that says what is missing when it is used.
"""

from __future__ import annotations
import __future__ as features

import ast
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

# Packages that answers import, and that are not here. Any other name that can't be imported is a slip.
_NAMES = """
    accelerate albumentations altair bokeh cv2 datasets deepspeed einops fastai fire flax gdown google
    gradio gym gymnasium h5py hydra imageio ipywidgets IPython jax kaggle keras kornia lightning
    lightning_fabric lmdb loguru matplotlib mlflow mpl_toolkits nltk omegaconf onnx onnxruntime optuna
    pandas peft PIL plotly polars psutil pyarrow pycocotools pytorch_lightning ray requests scipy seaborn
    sentencepiece skimage sklearn spacy streamlit tabulate tensorboard tensorboardX tensorflow tiktoken timm
    tokenizers torch_geometric torchaudio torchdata torchinfo torchmetrics torchsummary torchsummaryX
    torchtext torchvision torchviz tqdm transformers wandb xgboost yaml
"""
PACKAGES = frozenset(_NAMES.split())
_HERE = "where answers are graded"
FUTURES = 0
for _name in features.all_feature_names:
    FUTURES |= getattr(features, _name).compiler_flag


@dataclass(frozen=True)
class LeftOut:
    """A statement that was left out, where it stands, why, and the names that are missing for it."""

    place: str
    why: str
    names: frozenset[str]
    error: BaseException

    def __str__(self) -> str:
        return f"{self.place}: {self.why}"


def run(code: types.CodeType, source: bytes, module: dict[str, Any]) -> list[LeftOut]:
    """Run the ``code`` of a module's ``source``, and return what was left out of it.

    Raises what it raises, as long as that is not for want of something that is not here. A program that ends
    itself after its last definition has done what it wanted to.
    """
    left_out: list[LeftOut] = []
    body: list[ast.stmt] | None = None
    while True:
        try:
            exec(code, module)
        except BaseException as error:
            why = reason(error) or follows(error, left_out)
            if not why and not isinstance(error, SystemExit):
                raise
            if body is None:
                body = ast.parse(source, code.co_filename).body
            failed, body = _split(body, _line_in(error, code))
            if failed is None:
                raise
            place = f"{code.co_filename}, line {failed.lineno}"
            if not why:
                if any(map(_is_definition, body)):
                    raise  # it would have gone on
                left_out.append(LeftOut(place, "the program ends here", frozenset(), error))
                return left_out
            if not stand_in(failed, error, module):
                left_out.append(LeftOut(place, why, frozenset(names_of(failed)), error))
            flags = code.co_flags & FUTURES
            code = compile(ast.Module(body, []), code.co_filename, "exec", flags, dont_inherit=True)
        else:
            return left_out


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))


def follows(error: BaseException, left_out: Sequence[LeftOut]) -> str:
    """Why a name is missing, where that is because of what was left out; empty otherwise."""
    if not isinstance(error, NameError):
        return ""
    found = next((one for one in left_out if error.name in one.names or "*" in one.names), None)
    return f"{error.name} was left out, since {found.why}: {found.place}" if found else ""


def _line_in(error: BaseException, code: types.CodeType) -> int:
    """The line of the module itself that an exception passed; 0 if it passed none."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is code:
            return trace.tb_lineno
        trace = trace.tb_next
    return 0


def _split(body: list[ast.stmt], line: int) -> tuple[ast.stmt | None, list[ast.stmt]]:
    """The statement that a line is part of, and those after it."""
    for index, node in enumerate(body):
        if line and (node.end_lineno or node.lineno) >= line:
            return node, body[index + 1 :]
    return None, []


def names_of(node: ast.stmt) -> list[str]:
    """The names that a statement gives a value to, as far as they can be seen; ``*`` where they can't."""
    if _is_definition(node):
        return [str(getattr(node, "name", ""))]
    names = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.append(inner.id)
        elif isinstance(inner, ast.ImportFrom):
            names += [alias.asname or alias.name for alias in inner.names]
        elif isinstance(inner, ast.Import):
            names += [alias.asname or alias.name.partition(".")[0] for alias in inner.names]
    return names


# --- reasons -----------------------------------------------------------------------------------------------


def reason(error: BaseException) -> str:
    """What is lacking here that made this exception, in words; empty where the code itself is to blame."""
    passed = _files(error)
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        return f"{package} is not installed {_HERE}" if package in PACKAGES else ""
    if isinstance(error, SystemExit):
        parsed = any(file.endswith("/argparse.py") for file in passed)
        return f"there is no command line {_HERE}, and so no arguments to parse" if parsed else ""
    if isinstance(error, EOFError):
        return f"nobody can answer input() {_HERE}"
    if isinstance(error, OSError):
        return _reason_of_system(error, passed)
    if isinstance(error, (AssertionError, RuntimeError)) and "CUDA enabled" in str(error):
        return f"there is no GPU {_HERE}, at first; ask torch.cuda.is_available() before you use one"
    return ""


def _reason_of_system(error: OSError, passed: list[str]) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no such file {_HERE}, where only Python files and notebooks are"
    if any("/multiprocessing/" in file or file.endswith("/subprocess.py") for file in passed):
        return f"no process can be started {_HERE}; a DataLoader needs num_workers=0"
    if any(file.endswith(("/socket.py", "/urllib/request.py", "/http/client.py")) for file in passed):
        return f"there is no network {_HERE}"
    return f"the system does not allow this {_HERE}"


def _files(error: BaseException) -> list[str]:
    """The files that an exception passed."""
    files = []
    trace = error.__traceback__
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return files


# --- stand-ins ---------------------------------------------------------------------------------------------


class StandIn:
    """Stands where something of a package would be that is not here. It can be named, and no more."""

    def __init__(self, name: str, package: str) -> None:
        self.__name = name
        self.__package = package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):  # what Python asks of anything
            raise AttributeError(f"{self.__name} is not here, and so has no {name}")
        return StandIn(f"{self.__name}.{name}", self.__package)

    def __repr__(self) -> str:
        return f"<{self.__name}, which is not installed here>"

    def _in_an_annotation(self, _: Any) -> Any:
        return self

    def _used(self, *_: Any, **__: Any) -> NoReturn:
        package = self.__package
        raise ModuleNotFoundError(f"{package} is not installed {_HERE}: {self.__name}", name=package)

    __getitem__ = __or__ = __ror__ = _in_an_annotation
    __call__ = __iter__ = __enter__ = __mro_entries__ = __setitem__ = __contains__ = _used

    def __instancecheck__(self, _: Any) -> bool:
        """Nothing is one of what there is none of."""
        return False


def stand_in(node: ast.stmt, error: BaseException, module: dict[str, Any]) -> bool:
    """Give the names that a failed import should have given to stand-ins, if its package is not here.

    Returns whether that is all that the statement was for.
    """
    if not isinstance(error, ModuleNotFoundError) or not reason(error):
        return False
    package = str(error.name).partition(".")[0]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        for alias in node.names:
            if alias.name == "*":
                return False
            module[alias.asname or alias.name] = StandIn(f"{node.module}.{alias.name}", package)
        return True
    for alias in node.names if isinstance(node, ast.Import) else ():
        try:  # those before and after it are here, perhaps
            exec(compile(ast.Module([ast.Import([alias], **_place(node))], []), "<import>", "exec"), module)
        except ImportError:
            top = alias.name.partition(".")[0]
            module[alias.asname or top] = StandIn(alias.name if alias.asname else top, top)
    return isinstance(node, ast.Import)


def _place(node: ast.stmt) -> dict[str, Any]:
    return {"lineno": node.lineno, "col_offset": node.col_offset}
