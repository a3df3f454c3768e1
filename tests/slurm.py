"""Restores a small film on a real Slurm of one node with four pretended GPUs, and compares it with a local run.

    sudo .venv/bin/python tests/slurm.py

Brings up slurmctld and slurmd in a temporary folder, installs Debian's packages for them where they are missing, and
takes everything down again. Says why and ends well where that cannot be (no root, no packages).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from places import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "workflow"))

PARTS = 4
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")
CONFIGURATION = """
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/ctld
SlurmdSpoolDir={folder}/d
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/d.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,sched_min_interval=0
GresTypes=gpu
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdParameters=config_overrides
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000 Gres=gpu:4 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE DefMemPerCPU=100 State=UP
"""
PRETEND = '''"""Lets torch take "cuda" for the CPU, so that jobs for a GPU run on pretended ones."""

import builtins
import sys

_import = builtins.__import__


def _to(own):
    def to(self, *arguments, **named):
        plain = ["cpu" if str(value).startswith("cuda") else value for value in arguments]
        return own(self, *plain, **named)

    return to


def _watching(name, *arguments, **named):
    module = _import(name, *arguments, **named)
    torch = sys.modules.get("torch")
    if torch is not None and not torch.__spec__._initializing and not hasattr(torch, "pretended"):
        torch.pretended = True
        torch.nn.Module.to, torch.Tensor.to = _to(torch.nn.Module.to), _to(torch.Tensor.to)
    return module


builtins.__import__ = _watching
'''


class NoNode(Exception):
    """Why there is no Slurm here."""


def main() -> None:
    """Run the comparison, or say why not."""
    why = missing()
    if why:
        print(f"skipped: {why}")
        return
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="answerprint-slurm-"))
    try:
        down = bring_up(folder)
    except (NoNode, OSError, subprocess.CalledProcessError) as error:
        print(f"skipped: {error}")
        return
    try:
        compare(folder)
    finally:
        down()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Slurm: as local, in {time.monotonic() - begun:.0f} s")


def missing() -> str:
    """What hinders a Slurm here; what can be installed is installed."""
    if os.geteuid() != 0:
        return "bringing up Slurm takes root"
    if all(shutil.which(program) for program in PROGRAMS):
        return ""
    if not shutil.which("apt-get"):
        return f"there is no apt-get to install {', '.join(PROGRAMS)}"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", "slurm-wlm", "munge"]):
        done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True)
        if done.returncode:
            return f"apt-get {command[0]} failed: {done.stderr.strip().splitlines()[-1:]}"
    return ""


def bring_up(folder: Path) -> Callable[[], None]:
    """Start the daemons; what is returned stops them."""
    host = socket.gethostname().split(".")[0]
    for name in ("ctld", "d", "log", "munge"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    (folder / "slurm.conf").write_text(CONFIGURATION.format(host=host, folder=folder))
    for index in range(4):
        os.mknod(folder / f"gpu{index}", 0o20666, os.makedev(1, 3))
    (folder / "gres.conf").write_text(f"NodeName={host} Name=gpu File={folder}/gpu[0-3]\n")
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    # Steps of a job look in /etc/slurm, whatever SLURM_CONF says.
    links = [Path("/etc/slurm") / name for name in ("slurm.conf", "gres.conf", "cgroup.conf")]
    links[0].parent.mkdir(parents=True, exist_ok=True)
    for link in links:
        if link.exists() and not link.is_symlink():
            raise NoNode(f"{link} belongs to a Slurm of this machine: not touched")
        link.unlink(missing_ok=True)
        link.symlink_to(folder / link.name)
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    munge = [f"--{what}={folder}/munge/{name}" for what, name in MUNGE]
    for command in (["munged", "--force", *munge], ["slurmctld"], ["slurmd", "-N", host]):
        subprocess.run(command, check=True)

    def down() -> None:
        for name in ("d.pid", "ctld.pid", "munge/pid"):
            path = folder / name
            if path.exists():
                subprocess.run(["kill", path.read_text().strip()])
        for link in links:
            link.unlink(missing_ok=True)

    for _ in range(100):
        if "idle" in subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout:
            return down
        time.sleep(0.1)
    down()
    raise NoNode("the node of this Slurm does not come up")


MUNGE = (
    *(("key-file", "key"), ("socket", "socket"), ("pid-file", "pid")),
    *(("log-file", "log"), ("seed-file", "seed")),
)


def compare(folder: Path) -> None:
    """Restore one film here and by Slurm, and find the same frames and no GPU shared."""
    import numpy as np
    import torch

    import films
    from answerprint.runtime.files import read_json
    from answerprint.runtime.torchvision_shim import prepare
    from runs import PLAIN, Run

    prepare()
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(0)
    torch.save(Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=2).state_dict(), folder / "x2.pth")
    grain = np.random.default_rng(0).normal(0, 0.02, (24, 40, 48, 1))
    frames = np.clip(films.moving_texture(24, 40, 48) + grain, 0, 1).astype(np.float32)
    reel = films.write_video(folder / "reel.mkv", frames, rate=18)
    settings = PLAIN + (
        "editions:\n"
        "  restored: {stages: [deflicker]}\n"
        "  enhanced: {stages: [upscale]}\n"
        f"stages: {{upscale: {{engine: spandrel, weights: {folder}/x2.pth, scale: 2, precision: float32}}}}\n"
    )
    target = [f"results/reel/enhanced/upscale/{part:03d}.zip" for part in range(PARTS)]
    here = Run(folder / "here", settings, film=reel, parts=PARTS, editions="enhanced")
    here.succeed(*target)

    (folder / "pretend").mkdir()
    (folder / "pretend" / "sitecustomize.py").write_text(PRETEND)
    os.environ["PYTHONPATH"] = str(folder / "pretend")
    there = Run(folder / "there", settings, film=reel, parts=PARTS, editions="enhanced", device="cuda")
    profile = ["--workflow-profile", str(REPOSITORY / "workflow/profiles/slurm"), "--resources", "gpu=4"]
    one_node = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "6"]
    account = ["--latency-wait", "5", "--default-resources", "slurm_account=none"]
    done = there.do(*target, *profile, *one_node, *account, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:]

    for stage in ("restored/deflicker", "enhanced/upscale"):
        for part in range(PARTS):
            record = f"results/reel/{stage}/{part:03d}.json"
            made = [read_json(run.folder / record) for run in (here, there)]
            assert made[0]["digests"] == made[1]["digests"], f"Slurm's frames are not those of the local run: {record}"
    logs = [there.folder / f"logs/reel/enhanced/upscale/{part:03d}.log" for part in range(PARTS)]
    leases = [re.findall(r"^GPU (\S+) from (\S+) to (\S+)$", log.read_text(), re.MULTILINE) for log in logs]
    rows = [(device, float(begun), float(ended)) for ((device, begun, ended),) in leases]
    assert {device for device, _, _ in rows} <= {"0", "1", "2", "3"}, rows
    assert not [pair for pair in combinations(rows, 2) if shared(*pair)], rows
    print(f"{len(rows)} jobs on GPUs {', '.join(sorted({device for device, _, _ in rows}))}, none shared")


def shared(a: tuple[str, float, float], b: tuple[str, float, float]) -> bool:
    """Whether two jobs had one device at one time."""
    return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]


if __name__ == "__main__":
    main()
