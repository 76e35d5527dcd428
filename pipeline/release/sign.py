"""The signature of a release, if it has one: ``SHA256SUMS.sig`` beside ``SHA256SUMS``.

Reads the list of sums, which covers every other file, gives its signature by ``ssh-keygen -Y``.
The key is named from outside and never read here. A release without a signature is whole,
but whoever asks who signed it is told that nobody did.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from pipeline.release.content import PROGRAM
from pipeline.release.verify import Result
from pipeline.release.versions import ReleaseError
from pipeline.storage.atomic import write_text
from pipeline.storage.names import SIGNATURE, SUMS

_NAMESPACE = PROGRAM
"""What a signature is for; one made for another purpose with the same key does not pass here."""
_CHECK = "signature_is_of_an_allowed_signer"


def sign(release: Path, key: Path) -> Path:
    """Sign a release's list of sums; gives the path of the signature.

    The key is a private one of SSH, or a public one whose private half an agent holds.

    Raises:
        ReleaseError: the release has another signature, the key does not sign, or OpenSSH is
            missing.
    """
    signature = signature_of(release / SUMS, key)
    path = release / SIGNATURE
    if not path.exists():
        write_text(path, signature)
    elif path.read_text(encoding="utf-8") != signature:
        raise ReleaseError(
            f"{path}: the release is signed already, by another key or in another way; remove the "
            "signature first if it shall be replaced"
        )
    return path


def signature_of(sums: Path, key: Path) -> str:
    """The signature of a list of sums.

    Raises:
        ReleaseError: the key does not sign, or OpenSSH is missing.
    """
    if not key.is_file():
        raise ReleaseError(f"{key}: no such key; name the file of an SSH key to sign with")
    done = _ssh_keygen(["sign", "-f", str(key), "-n", _NAMESPACE], sums)
    if done.returncode != 0:
        raise ReleaseError(f"{key}: cannot sign: {_said(done)}; see ssh-keygen(1), -Y sign")
    return done.stdout


def check_signature(release: Path, allowed_signers: Path) -> Result:
    """Whether one of the allowed signers, in a file as of ssh-keygen(1), signed the list of sums.

    Raises:
        ReleaseError: there is no file of allowed signers, or OpenSSH is missing.
    """
    if not allowed_signers.is_file():
        raise ReleaseError(
            f"{allowed_signers}: no such file; give one with a line `name key-type public-key` "
            "for each signer you trust"
        )
    path = release / SIGNATURE
    if not path.is_file():
        return Result(_CHECK, "fails", f"unsigned: there is no {SIGNATURE}")
    trust = ["-f", str(allowed_signers), "-s", str(path)]
    found = _ssh_keygen(["find-principals", *trust], release / SUMS)
    signers = found.stdout.splitlines() if found.returncode == 0 else []
    if not signers:
        return Result(_CHECK, "fails", f"the key that signed is none of {allowed_signers.name}")
    done = _ssh_keygen(["verify", *trust, "-I", signers[0], "-n", _NAMESPACE], release / SUMS)
    if done.returncode != 0:
        return Result(_CHECK, "fails", f"the signature is not of these sums: {_said(done)}")
    return Result(_CHECK, "holds", f"signed by {signers[0]}")


def _ssh_keygen(arguments: list[str], file: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ReleaseError("ssh-keygen is not installed; install the OpenSSH client")
    try:
        with file.open("rb") as sums:
            return subprocess.run(  # noqa: S603  # no shell; paths are the operator's own
                [program, "-Y", *arguments], stdin=sums, capture_output=True, text=True, check=False
            )
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read: {error.strerror}") from error


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stderr or done.stdout).split()) or f"exit code {done.returncode}"
