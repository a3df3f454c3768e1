"""Content credentials: a signed C2PA manifest in a print, which says what it is and breaks when a byte changes.

C2PA Technical Specification 2.2, Coalition for Content Provenance and Authenticity, 2025.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..runtime.errors import FilmError

RESTORATION = "org.answerprint.restoration"
"""The assertion that says from which source, as which edition, a print was made."""
VALID = ("Valid", "Trusted")
"""What a reader says of a manifest that belongs to its file; Trusted if it knows who issued the certificate, too."""
LEAN = {"core": {"backing_store_memory_threshold_in_mb": 32}}
"""Larger copies are kept on disk. A print of 394 MB is signed in 418 MB of memory so, and in 803 MB otherwise."""
HINT = (
    "credentials.certificate is a PEM file with the certificate first and those that issued it after it, allowed for "
    "signing (key usage digitalSignature, extended usage e-mail protection or document signing); credentials.key is "
    "its private key, as PEM without a password."
)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What prints are signed with."""

    certificate: Path
    """PEM: the certificate and those that issued it, in order."""
    key: Path
    """PEM, without a password."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a manifest says of a print."""

    title: str
    source_type: str
    """The address of a digital source type, which C2PA requires."""
    edition: str
    kind: str
    """repair, enhance or generate."""
    steps: Sequence[tuple[str, str]]
    """(stage, engine) from the source to its end."""
    source_sha256: str

    def manifest(self) -> dict[str, Any]:
        """The claim as C2PA's manifest."""
        created = {"action": "c2pa.created", "digitalSourceType": self.source_type}
        edits = [
            {"action": "c2pa.edited", "softwareAgent": {"name": f"{stage}/{engine}", "version": __version__}}
            for stage, engine in self.steps
        ]
        about = {"edition": self.edition, "class": self.kind, "source_sha256": self.source_sha256}
        return {
            "claim_generator_info": [{"name": "answerprint", "version": __version__}],
            "title": self.title,
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [created, *edits]}},
                {"label": RESTORATION, "data": about},
            ],
        }


def sign(path: Path, claim: Claim, credentials: Credentials) -> None:
    """Put a signed manifest into an MP4. Raises FilmError when the certificate or key will not do."""
    import c2pa

    signed = path.with_name(f"{path.stem}.signed{path.suffix}")
    try:
        certificate, key = credentials.certificate.read_bytes(), credentials.key.read_bytes()
        information = c2pa.C2paSignerInfo(_algorithm(key), certificate, key, None)
        with (
            c2pa.Settings.from_dict(LEAN) as settings,
            c2pa.Context(settings) as context,
            c2pa.Signer.from_info(information) as signer,
            c2pa.Builder(json.dumps(claim.manifest()), context) as builder,
        ):
            builder.sign_file(path, signed, signer)
        if state(signed) not in VALID:
            raise FilmError(f"The print was signed with {credentials.certificate}, but the result is not valid.", HINT)
        os.replace(signed, path)
    except (c2pa.C2paError, OSError) as error:
        reason = " ".join(str(error).split())
        raise FilmError(f"The print could not be signed with {credentials.certificate}: {reason}.", HINT) from error
    finally:
        signed.unlink(missing_ok=True)


def state(path: Path) -> str:
    """What C2PA's reader says of the manifest in a file: Trusted, Valid or Invalid; empty where there is none."""
    manifest = _read(path)
    return str(manifest["validation_state"]) if manifest else ""


def signed_by(path: Path) -> str:
    """Who signed a file, as its certificate says; empty where nobody did."""
    manifest = _read(path)
    if not manifest:
        return ""
    signature: Mapping[str, Any] = manifest["manifests"][manifest["active_manifest"]].get("signature_info") or {}
    names = (str(signature[key]) for key in ("issuer", "common_name") if signature.get(key))
    return ", ".join(dict.fromkeys(names))


def _read(path: Path) -> dict[str, Any] | None:
    """The manifests of a file, with the reader's verdict; None where there are none."""
    import c2pa

    reader = c2pa.Reader.try_create(path)
    if reader is None:
        return None
    with reader:
        return {**json.loads(reader.json()), "validation_state": reader.get_validation_state()}


def _algorithm(key: bytes) -> bytes:
    """C2PA's name of the algorithm that a private key signs with. Raises FilmError for a key of another kind."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        loaded = load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        raise FilmError("The private key cannot be read.", HINT) from error
    if isinstance(loaded, ec.EllipticCurvePrivateKey):
        name = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512"}.get(loaded.curve.name)
        if name:
            return name
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(loaded, rsa.RSAPrivateKey):
        return b"ps256"
    raise FilmError(
        "The private key is of a kind that C2PA does not know.", "Use EC (P-256, P-384, P-521), Ed25519 or RSA."
    )
