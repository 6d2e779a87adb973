"""`bayesfit ... | head`: a reader that goes costs nobody the files that were asked for."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("form", ["text", "json"])
def test_files_are_written_though_nobody_reads(small_fit, tmp_path, form):
    small_fit.save(tmp_path / "fit")
    reads, writes = os.pipe()
    os.close(reads)
    asked = ["optimum", "fit", "--format", form, "--out", "answer"]
    done = subprocess.run(
        [sys.executable, "-m", "bayesfit", *asked],
        cwd=tmp_path,
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    os.close(writes)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "answer" / "answer.json").is_file()
