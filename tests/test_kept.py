"""Compiled programs on disk: read back by another process, and by no program but their own."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from bayesfit import compiled, kept, models
from bayesfit.computing import program
from bayesfit.identity import identity
from bayesfit.law import within
from bayesfit.pooling import pooled

FACTOR = 2.0


def scaled(x):
    return FACTOR * x + offset(x)


def offset(x):
    return jnp.log(x)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder; and a program that jax's own cache has not, or it would not be written."""
    monkeypatch.setenv("BAYESFIT_CACHE", str(tmp_path))
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", np.random.default_rng().uniform(1, 3))
    least = jax.config.jax_persistent_cache_min_compile_time_secs
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1e9)  # however busy the machine
    yield tmp_path / "compiled"
    jax.config.update("jax_persistent_cache_min_compile_time_secs", least)


@pytest.fixture
def compilations(monkeypatch):
    """Which files were looked for in vain."""
    missed, read = [], compiled.read

    def looked(path):
        found = read(path)
        missed.extend([path.name] * (found is None))
        return found

    monkeypatch.setattr(compiled, "read", looked)
    return missed


def test_a_program_is_read_back_and_gives_the_same_bits(folder, compilations):
    x = np.linspace(1.0, 2.0, 7)
    first = program(scaled)(x)
    again = program(scaled)(x)
    assert len(compilations) == len(list(folder.iterdir())) == 1
    assert np.array_equal(first, again)


def test_another_constant_shape_or_static_argument_is_another_program(
    folder, compilations, monkeypatch
):
    x = np.linspace(1.0, 2.0, 7)
    program(scaled)(x)
    program(scaled)(x[:3])
    program(scaled)(x.astype(np.float32))
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 3.0)
    assert np.allclose(program(scaled)(x), 3 * x + np.log(x))
    monkeypatch.setattr(sys.modules[__name__], "offset", jnp.sin)
    assert np.allclose(program(scaled)(x), 3 * x + np.sin(x))

    def power(n, x):
        return x**n

    powers = program(power, static_argnums=0)
    assert float(powers(2, np.float64(3))) == 9 and float(powers(3, np.float64(3))) == 27
    assert len(set(compilations)) == 7


def test_what_a_program_returns_keeps_its_structure(folder):
    from bayesfit.inference.laplace import Shape

    def pair(x):
        return dict(shape=Shape(x, 2 * x), rest=(x, [None, x]))

    first, again = (program(pair)(np.float64(1)) for _ in range(2))
    assert jax.tree.structure(first) == jax.tree.structure(again)
    assert isinstance(again["shape"], Shape)


@pytest.mark.parametrize("spoiled", ["rubbish", "half", "one bit"])
def test_a_spoiled_file_is_compiled_anew(folder, compilations, spoiled):
    x = np.linspace(1.0, 2.0, 7)
    program(scaled)(x)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    other = bytearray(whole)
    other[-1] ^= 1
    file.write_bytes(dict(rubbish=b"rubbish", half=whole[:1000]).get(spoiled, bytes(other)))
    assert np.allclose(program(scaled)(x), FACTOR * x + np.log(x))
    assert len(compilations) == 2
    program(scaled)(x)  # and written anew
    assert len(compilations) == 2


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_file_that_others_may_write_is_not_run(folder, compilations):
    x = np.linspace(1.0, 2.0, 7)
    program(scaled)(x)
    (file,) = folder.iterdir()
    file.chmod(0o666)
    program(scaled)(x)
    assert len(compilations) == 2


def test_a_folder_that_cannot_be_written_is_no_error(monkeypatch):
    monkeypatch.setenv("BAYESFIT_CACHE", os.devnull)
    assert float(program(scaled)(np.float64(1))) == 2.0


def test_old_programs_make_room(folder, monkeypatch):
    folder.mkdir()
    for i in range(4):
        (folder / f"old{i}").write_bytes(bytes(1000))
        os.utime(folder / f"old{i}", (i, i))
    monkeypatch.setattr(compiled, "MOST_BYTES", 2500)
    compiled._make_room.cache_clear()
    program(scaled)(np.float64(1))
    assert {"old2", "old3"} < {x.name for x in folder.iterdir()} and len([*folder.iterdir()]) == 3


def test_inside_another_program_it_is_traced(folder):
    inner = program(scaled)
    outer = program(lambda x: inner(x) + 1)
    assert float(outer(np.float64(1))) == FACTOR + 1


def test_what_jax_is_asked_to_check_is_checked(folder):
    bad = program(lambda x: jnp.log(-x))
    with jax.debug_nans(True), pytest.raises(FloatingPointError):
        bad(np.float64(1))
    assert not folder.exists()


# -- identity -------------------------------------------------------------------------------------

LAWS = """
from bayesfit import models
from bayesfit.identity import identity
for name in {names}:
    print(name, identity(models.load(name)))
"""


def test_every_law_has_an_identity_that_another_process_finds_too():
    names = models.names()
    here = [identity(models.load(name)) for name in names]
    assert None not in here and len(set(here)) == len(names)
    code = LAWS.format(names=names[::-1])  # in another order: what was seen before must not matter
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert dict(line.split() for line in done.stdout.splitlines()) == dict(
        zip(names, here, strict=True)
    )


def test_laws_made_of_laws_differ():
    law = models.load("chinchilla_approach3")
    some = [
        law, pooled(law, "corpus"), pooled(law, "corpus", ["L_ref"]), pooled(law, "family"),
        within(pooled(law, "corpus"), 0), within(pooled(law, "corpus"), 1),
    ]  # fmt: skip
    found = [identity(x) for x in some]
    assert None not in found and len(set(found)) == len(some)
    assert identity(pooled(law, "corpus")) == found[1]


def test_what_cannot_be_known_has_no_identity():
    numbers = (float(x) for x in range(2))
    assert identity(lambda x: x * next(numbers)) is None
    assert identity(partial(offset, numbers)) is None


def test_code_default_and_what_is_closed_over_count():
    def made(factor, default=1.0, code=0):
        def plus(x, y=default):
            return factor * x + y

        def minus(x, y=default):
            return factor * x - y

        return (plus, minus)[code]

    found = [made(1.0), made(2.0), made(1.0, 2.0), made(1.0, 1.0, 1), made(np.ones(2))]
    assert len({identity(x) for x in found}) == len(found)
    assert identity(made(1.0)) == identity(found[0])


def test_an_option_that_the_compiler_has_not_is_left_out(folder, monkeypatch):
    wanted = {"xla_cpu_of_another_time": True, "xla_backend_optimization_level": 1}
    monkeypatch.setattr(kept, "PLAIN", wanted)
    assert [kept._is_known(*x) for x in wanted.items()] == [False, True]
    assert np.allclose(program(scaled)(np.ones(3)), FACTOR)


def test_threads_compile_in_turn_and_each_program_once(folder, compilations):
    scale, x = program(scaled), np.linspace(1.0, 2.0, 9)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(scale, [x] * 8))
    assert len(compilations) == 1
    assert all(np.array_equal(y, found[0]) for y in found)
