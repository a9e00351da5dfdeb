"""Which files a network was made of, and their hashes."""

import hashlib
from types import ModuleType

from bench.models import cnn
from bench.networks.source_files import find_source_file, hash_file, hash_source_files


def module_of(path):
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    return module


def test_the_users_files_and_this_programs_networks_are_hashed(tmp_path):
    own, helper, installed = tmp_path / "mine.py", tmp_path / "nets" / "blocks.py", tmp_path / "site-packages" / "x.py"
    for path in (own, helper, installed):
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.name)
    modules = {path.stem: module_of(path) for path in (own, helper, installed)}
    found = hash_source_files({**modules, "bench.models.cnn": cnn, "sys": ModuleType("sys")}, tmp_path)
    assert set(found) == {"mine.py", "nets/blocks.py", "bench/models/cnn.py"}
    assert found["mine.py"] == hashlib.sha256(b"mine.py").hexdigest()
    assert all(hash_file(find_source_file(name, tmp_path)) == sha for name, sha in found.items())


def test_a_file_that_is_gone_has_no_hash(tmp_path):
    assert hash_file(tmp_path / "gone.py") == ""
