"""What `bayesfit budget` writes as JSON is what its published schema says."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator, ValidationError

from bayesfit.output import console, proposal
from bayesfit.questions.budget import SCHEMA

C = 1e23


@pytest.fixture(scope="module")
def schema():
    return json.loads((files("bayesfit.output") / proposal.SCHEMA).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def written(small_fit, another_fit):
    """Everything that an answer can have in it, and as little as it can."""
    full = small_fit.ask("budget", flops=C, target=1.55, gpus=512, beside=[another_fit])
    cost = small_fit.ask("budget", flops=C, target=0.1, cost="6*N*D + 2e9*D", largest_N=1e10)
    return [json.loads(console.as_json(x)) for x in (full, cost)]


def test_the_schema_is_one(schema):
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == SCHEMA


def test_answers_are_as_it_says(schema, written):
    for answer in written:
        Draft202012Validator(schema).validate(answer)


def test_everything_that_is_written_is_described(schema, written):
    tables = schema["properties"]["tables"]["properties"]
    for answer in written:
        assert set(answer) <= set(schema["properties"])
        assert set(answer["paragraphs"]) <= set(schema["properties"]["paragraphs"]["properties"])
        assert set(answer["tables"]) <= set(tables)
        for name, rows in answer["tables"].items():
            assert set(rows[0]) <= set(tables[name]["items"]["properties"]), name
    assert set(written[0]["tables"]) == set(tables)


def test_an_answer_that_is_not_as_it_says_is_found(schema, written):
    for broken in (
        {name: x for name, x in written[0].items() if name != "flops"},
        written[0] | dict(schema="bayesfit-budget-0"),
        written[0] | dict(flops="much"),
        written[0] | dict(tables=dict(written[0]["tables"], region=[dict(probability=0.5)])),
    ):
        with pytest.raises(ValidationError):
            Draft202012Validator(schema).validate(broken)
