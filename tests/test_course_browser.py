"""What people look at, in a real browser: the formgrader with autograded notebooks, and the feedback."""

import contextlib
import html
import os
import re
import shutil
import socket
import struct
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import toy_source
from tests.course_class import BIN, PATH, Notebook, hand_in, in_gradebook, nbgrader, run

pytestmark = pytest.mark.timeout(300)
EX = "01_twice"
TOKEN = "a-token-for-the-test"
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=20000", "--window-size=1100,1900",
]  # fmt: skip
OTHERS = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals")


@pytest.fixture(scope="module")
def chromium():
    """The browser; without it these tests are skipped, but not where everything has to be there."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing = "needs Debian's chromium: apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def graded(chromium, toy_course, tmp_path_factory):
    """A course with one right and one wrong answer, autograded, and its feedback."""
    course = Path(shutil.copytree(toy_course, tmp_path_factory.mktemp("browser") / "course"))
    for student, answer in (("ana", "2 * x"), ("bo", "x + 2")):
        notebook = Notebook(course / "release" / EX / "twice.ipynb").write(toy_source(answer))
        hand_in(course, student, EX, notebook)
    nbgrader(course, "autograde", EX)
    nbgrader(course, "generate_feedback", EX)
    return course


@pytest.fixture(scope="module")
def server(graded, tmp_path_factory):
    """The address of a Jupyter server with the formgrader, and nothing else, on this machine's loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    extensions = {"nbgrader.server_extensions.formgrader": True, **dict.fromkeys(OTHERS, False)}
    command = [
        BIN / "jupyter-server", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.jpserver_extensions={extensions}",
    ]  # fmt: skip
    env = {
        **os.environ,
        "PATH": PATH,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
    }
    process = subprocess.Popen(command, cwd=graded, env=env, stderr=subprocess.PIPE, text=True)
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "is running at" in line:
                break
        else:
            pytest.fail("".join(said))
        with open(home / "log", "w") as log, contextlib.closing(process.stderr):
            drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        drain.wait(20)


def opened(browser, address, picture):
    """Open a page and take a picture of it; the words that are on it once its scripts have run."""
    profile = picture.with_suffix(".profile")
    command = [
        browser,
        *SWITCHES,
        f"--user-data-dir={profile}",
        "--dump-dom",
        f"--screenshot={picture}",
        address,
    ]
    return run(command, picture.parent, limit=120).stdout


def size(picture):
    """Width and height of a PNG."""
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


def words(page):
    """A page's text, without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def address_of(server, place):
    """A page of the formgrader, by way of the login page, which gives the browser its cookie."""
    return f"{server}/login?token={TOKEN}&next={quote('/formgrader/' + place, safe='')}"


def test_the_formgrader_lists_the_scores(chromium, server, tmp_path):
    picture = tmp_path / "list.png"
    page = opened(chromium, address_of(server, f"gradebook/{EX}/twice"), picture)
    assert size(picture) == (1100, 1900)
    assert "4 / 4" in words(page)
    assert "0 / 4" in words(page)
    assert "Loading, please wait" not in words(page)


def test_the_formgrader_shows_scores_and_explanations_of_a_notebook(chromium, server, graded, tmp_path):
    ((submission,),) = in_gradebook(
        graded,
        "SELECT n.id FROM submitted_notebook n JOIN submitted_assignment a ON a.id = n.assignment_id "
        "WHERE a.student_id = 'bo'",
    )
    picture = tmp_path / "notebook.png"
    page = opened(chromium, address_of(server, f"submissions/{submission}"), picture)
    assert size(picture) == (1100, 1900)
    text = words(page)
    assert "return x + 2" in text
    assert "twice(x), with 1 values, returned a tensor of the right shape (1,)" in text
    assert "Hint: multiply by two" in text
    assert "01_twice: 0 of 4 points, 0 of 2 tests passed. Mend this first:" in text
    assert set(re.findall(r'placeholder="([\d.]+)"', page)) == {"0"}
    assert len(re.findall(r'placeholder="0"', page)) >= 3


def test_feedback_can_be_read_in_a_browser(chromium, graded, tmp_path):
    picture = tmp_path / "feedback.png"
    place = graded / "feedback" / "bo" / EX / "twice.html"
    text = words(opened(chromium, place.as_uri(), picture))
    assert size(picture) == (1100, 1900)
    assert "twice (Score: 0.0 / 4.0) All marks, and what to mend first (Score: 0.0 / 0.0)" in text
    assert "twice doubles every value (Score: 0.0 / 3.0) twice leaves zero alone (Score: 0.0 / 1.0)" in text
    assert "Test cell" not in text
    assert "Grade cell" not in text
    assert "Hint: multiply by two" in text
