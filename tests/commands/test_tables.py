"""Options that say how a table is read, as they reach the reader."""

import json

from tests.commands.conftest import bayesfit

CURVE = "step,tokens,val_loss\n100,2e9,3.{0}2\n200,4e9,3.{0}1\n300,6e9,3.{0}0\n"


def folder(tmp_path):
    for i, size in enumerate(("60M", "0.2B")):
        (tmp_path / f"run_{size}.csv").write_text(CURVE.format(3 - i))
    return f"{tmp_path}/"


def test_sizes_from_names_by_an_option(tmp_path):
    done = bayesfit("check", folder(tmp_path), "--names", "run_{N}", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    rows = {row["column"]: row for row in answer["tables"]["columns"]}
    assert (rows["N"]["lowest"], rows["N"]["highest"]) == ("60M", "200M")


def test_a_pattern_that_fits_no_name_is_one_sentence(tmp_path):
    done = bayesfit("check", folder(tmp_path), "--names", "job_{N}")
    assert done.exit_code == 2 and "is not named as 'job_{N}' says" in done.stderr
    assert done.stderr.count("\n") == 1
    done = bayesfit("check", "pile", "--names", "run_{N}")
    assert done.exit_code == 2 and "pile is built in" in done.stderr
