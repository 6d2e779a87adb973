"""The jobs for Slurm and Kubernetes are such as these read, and ask for what bayesfit has."""

import inspect
import re
import shlex
import subprocess

import click
import yaml

from bayesfit.commands import main
from bayesfit.inference.devices import join_hosts

from .pages import DOCS, blocks

JOBS = {x.language: x.text for x in blocks((DOCS / "howto" / "cluster.md").read_text("utf-8"))}


def parsed(words: list[str]) -> dict:
    """The options of `bayesfit run` as click reads them; it fails on one that there is not."""
    command = main.get_command(click.Context(main), words[0])
    assert command is not None
    with command.make_context(words[0], words[1:]) as context:
        return context.params


def test_the_job_of_slurm_is_shell_and_runs_one_process_for_each_task():
    text = JOBS["bash"]
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    directives = [x.removeprefix("#SBATCH ") for x in text.splitlines() if x.startswith("#SBATCH")]
    assert all(re.fullmatch(r"--[a-z-]+=\S+", x) for x in directives)
    assert text.index("#SBATCH") > 0 and text.startswith("#!/bin/bash\n#SBATCH")
    words = shlex.split(next(x for x in text.splitlines() if x.startswith("srun ")))
    assert words[:3] == ["srun", "bayesfit", "run"]
    assert parsed(words[2:])["distributed"]


def test_the_job_of_kubernetes_says_who_is_who():
    service, job = yaml.safe_load_all(JOBS["yaml"])
    assert (service["kind"], job["kind"]) == ("Service", "Job")
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    given = {x["name"]: x for x in container["env"]}
    wanted = re.findall(r"JAX_[A-Z_]+", inspect.getdoc(join_hosts) or "")
    assert set(given) == set(wanted)
    assert int(given["JAX_NUM_PROCESSES"]["value"]) == spec["completions"] == spec["parallelism"]
    assert spec["completionMode"] == "Indexed"
    host, port = given["JAX_COORDINATOR_ADDRESS"]["value"].split(":")
    assert host == f"{job['metadata']['name']}-0.{pod['subdomain']}" and port.isdigit()
    assert service["metadata"]["name"] == pod["subdomain"]
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    assert parsed(container["args"])["distributed"]
