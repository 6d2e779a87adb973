"""What every test shares: strict jax, compiled code kept between runs, no network."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# By the environment, so that subprocesses obey too; set before anything imports jax.
os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"
os.environ["JAX_ENABLE_X64"] = "1"  # for what tests compute with jax themselves
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("BAYESFIT_CACHE", str(ROOT / ".cache"))
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.05")  # workers share them
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")
# Most of the suite is compilation. LLVM's cheap optimizations save more than they cost, and the
# older way to compile fusions, which jaxlib 0.10 still has, is the faster one.
OLDER = " --xla_cpu_use_fusion_emitters=false" if version("jaxlib").startswith("0.10.") else ""
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1" + OLDER)
os.environ.setdefault("MPLBACKEND", "agg")
if (SHARED / "upstream").is_dir():
    os.environ.setdefault("BAYESFIT_DATA", str(SHARED / "upstream"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A worker has all tests of a file, and all files that ask for the same fit of the session."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            if file.startswith("tests/commands/"):
                return "tests/commands"
            text = (ROOT / file).read_text()
            return next((x for x in ("corpora_fit", "small_fit") if x in text), file)

    return Together(config, log)


@pytest.fixture(scope="module", autouse=True)
def room():
    """No worker compiles more programs than the system allows a process."""
    yield
    from bayesfit.computing import make_room

    make_room()


@pytest.fixture(scope="session", autouse=True)
def short_refits():
    """Refits on the smaller runs with a quarter of their draws: every fit with refits has four."""
    from bayesfit.extrapolation import refits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refits, "CHAINS", 4)
        patch.setattr(refits, "DRAWS", 100)
        yield


@pytest.fixture(scope="session", autouse=True)
def painted_here():
    """Figures turned into bytes by the worker itself: others have the remaining cores."""
    from bayesfit.output import painters

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(painters, "MOST", 0)
        yield


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def shared_data() -> Path:
    """The folder of reference tables, which are not part of the project."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the reference tables are not here (../shared/data)")
    return SHARED / "data"


@pytest.fixture
def shared_upstream() -> Path:
    """The folder of upstream files that `BAYESFIT_DATA` may name."""
    if not (SHARED / "upstream").is_dir():
        pytest.skip("the upstream files are not here (../shared/upstream)")
    return SHARED / "upstream"


@pytest.fixture(scope="session")
def small_fit():
    """A quick fit to the default table, for tests of what is made from one."""
    import bayesfit

    small = dict(likelihood="student_t", bootstrap=100, chains=4, draws=200)
    return bayesfit.fit("chinchilla_approach3", bayesfit.load("pile"), **small)


@pytest.fixture(scope="session")
def another_fit():
    """A quick fit of another law to the same table."""
    import bayesfit

    small = dict(likelihood="student_t", bootstrap=0, refits=False, chains=4, draws=100)
    return bayesfit.fit("kaplan_chinchilla", "pile", **small)


@pytest.fixture(scope="session")
def corpora_fit():
    """Three corpora that share a law, but for the level of their loss."""
    import bayesfit

    from .simulate import corpora

    small = dict(likelihood="student_t", bootstrap=50, refits=False, chains=4, draws=300)
    return bayesfit.fit("chinchilla_approach3", corpora(), group="corpus", vary=["L_ref"], **small)


@pytest.fixture
def chinchilla(shared_upstream):
    """The 240 digitised Chinchilla runs."""
    import bayesfit

    return bayesfit.load("chinchilla")
