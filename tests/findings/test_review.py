"""How checks are found and put in order, by the house and from a user's folder."""

from types import SimpleNamespace

import pytest

from bayesfit import discovery
from bayesfit.errors import InputError
from bayesfit.findings import VERDICTS, Check, Finding, review

PLUGIN = '''"""Whether the table is large enough for my taste."""

from bayesfit.findings import Check, Finding


def look(fit):
    yield Finding("REVIEW", "taste", f"{len(fit.runs)} runs are too few.", "Train more.")


check = Check(look=look, applies=lambda fit: len(fit.runs) < 1000, order=1)
'''


def answering(*verdicts: str, **changes) -> Check:
    return Check(look=lambda fit: [Finding(v, v.lower(), "...") for v in verdicts], **changes)


@pytest.fixture
def only(monkeypatch):
    """Lets a test say which checks there are."""

    def set_checks(**checks: Check) -> None:
        monkeypatch.setattr(discovery, "every", lambda kind: iter(checks.items()))

    return set_checks


def test_the_gravest_comes_first_and_equals_stand_by_order(only):
    only(
        a=answering("PASS", order=1),
        b=answering("FAIL", "REVIEW", order=30),
        c=answering("REVIEW", order=20),
        d=answering("FAIL", order=10, applies=lambda fit: fit.wanted),
    )
    one, other = (review(SimpleNamespace(wanted=wanted)) for wanted in (True, False))
    assert [f.verdict for f in one] == ["FAIL", "FAIL", "REVIEW", "REVIEW", "PASS"]
    assert [f.verdict for f in other] == ["FAIL", "REVIEW", "REVIEW", "PASS"]
    only(
        late=answering("PASS", order=2),
        early=Check(lambda fit: [Finding("PASS", "x", "")], order=1),
    )
    assert [f.subject for f in review(SimpleNamespace())] == ["x", "pass"]


def test_an_unknown_verdict_is_an_error(only):
    only(odd=answering("WARN"))
    with pytest.raises(InputError, match=r"the check 'odd' .* 'WARN': .* FAIL, REVIEW, PASS"):
        review(SimpleNamespace())


def test_every_check_of_the_house_is_complete():
    found = dict(discovery.every("check"))
    assert len(found) >= 14
    assert all(isinstance(check, Check) for check in found.values())
    orders = [check.order for check in found.values()]
    assert len(set(orders)) == len(orders) and max(orders) < Check(look=list).order


def test_a_check_in_a_users_folder_is_found(small_fit, tmp_path, monkeypatch):
    (tmp_path / "findings").mkdir()
    (tmp_path / "findings" / "taste.py").write_text(PLUGIN)
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path))
    found = review(small_fit)
    assert Finding("REVIEW", "taste", "29 runs are too few.", "Train more.") in found
    assert {"MLE", "bootstrap", "NUTS", "extrapolation"} < {f.subject for f in found}
    assert [f.verdict for f in found] == sorted((f.verdict for f in found), key=VERDICTS.index)
    assert all(bool(f.advice) == (f.verdict != "PASS") for f in found)
