"""The cleaner, on folders that resist: what it removes, what it names, and that nobody waits for it."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from grader.worker.cleaner import ORDER, Cleaner, remove

NOBODY = 65534


@pytest.fixture
def home():
    """A folder that everybody may write to: pytest's own are closed to other users."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def without_privileges(work):
    """Run ``work`` in a child process that is not root; returns whether it raised nothing."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


def make_deep(folder):
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1500):  # more than a path can name
        os.mkdir("deep", dir_fd=here)
        inner = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def make_locked(folder):
    for number in range(5):
        (folder / f"outer{number}" / "inner" / "shut").mkdir(parents=True)
        (folder / f"outer{number}" / "inner" / "file").touch(mode=0)
        (folder / f"outer{number}" / "inner" / "shut").chmod(0)
        (folder / f"outer{number}" / "inner").chmod(0o100)
        (folder / f"outer{number}").chmod(0)


def make_names(folder):
    for name in [*map(str, range(30)), *(f"{number}.moved" for number in range(30)), *"\n\t\x1b*~"]:
        (folder / name / "0" / "1").mkdir(parents=True)
        (folder / name / "2").touch()


def make_many(folder):
    for number in range(3000):
        (folder / f"file{number}").touch()


def make_links(folder):
    (folder / "outside").symlink_to(folder.parent / "kept")
    (folder / "broken").symlink_to("nowhere")
    os.link(folder.parent / "kept" / "file", folder / "hard")


@pytest.mark.parametrize("make", [make_deep, make_locked, make_names, make_many, make_links])
def test_everything_is_removed_and_nothing_else(make, home):
    def work():
        (home / "kept").mkdir()
        (home / "kept" / "file").write_text("kept")
        (home / "1").mkdir()
        make(home / "1")
        assert list(remove(home / "1")) == []
        assert [path.name for path in home.iterdir()] == ["kept"]
        assert (home / "kept" / "file").read_text() == "kept"

    assert without_privileges(work)


def test_what_has_no_time_is_named_once_at_the_end(home, capfd):
    (home / "1" / "a").mkdir(parents=True)
    read, write = os.pipe()
    os.write(write, ORDER.pack(1))
    os.close(write)
    cleaner = Cleaner(home, read)
    cleaner.end = 0.0
    cleaner.serve()
    os.close(read)
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert str(home) in said
    assert "there was no time" in said


def test_what_can_not_be_removed_is_named_and_the_rest_is_gone(home, capfd):
    """A folder of another user's, in which nobody else may remove anything."""
    if os.getuid() != 0:
        pytest.skip("only root can make a folder of another user's")
    (home / "theirs").mkdir(mode=0o755)
    (home / "theirs" / "file").touch()
    (home / "mine").mkdir()
    os.chown(home / "mine", NOBODY, NOBODY)

    def work():
        read, write = os.pipe()
        os.close(write)
        Cleaner(home, read).serve()

    assert without_privileges(work)
    said = capfd.readouterr().err
    assert str(home) in said
    assert "Operation not permitted" in said or "Permission denied" in said
    assert not (home / "mine").exists()
    assert len(list(home.rglob("file"))) == 1


def test_a_folder_is_removed_while_the_next_one_is_there(home):
    for number in (1, 2):
        (home / str(number) / "inner").mkdir(parents=True)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write)
        Cleaner(home, read).serve()
        os._exit(0)
    os.close(read)
    os.write(write, ORDER.pack(1))
    while (home / "1").exists():
        os.sched_yield()
    assert (home / "2" / "inner").exists()
    os.close(write)
    assert os.waitpid(pid, 0)[1] == 0
    assert not home.exists()
