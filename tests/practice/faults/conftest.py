"""Keys that are made once for all tests of this folder: making them takes longer than a test."""

import shutil
from pathlib import Path

import pytest

from kalshi_tui.practice.keys import load_or_make_keys


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of three accounts."""
    folder = tmp_path_factory.mktemp("practice") / "keys"
    load_or_make_keys(folder)
    return folder


@pytest.fixture
def home(tmp_path: Path, key_folder: Path) -> Path:
    """A state folder that has its keys already."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    shutil.copytree(key_folder, folder / "keys")
    return folder
