"""The enveloped signature of a publisher's answer (XML Signature 1.1; SMP 1.4.0, section 2.3.3).

Only the form that the specification asks for is read: one signature, the last child of the root, over the whole
document (`URI=""`) without the signature itself. Everything else is refused rather than interpreted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from copy import deepcopy
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from lxml import etree

from peppol.errors import Forged

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_EXCLUSIVE = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False,
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
}
"""Canonical XML -> whether it is the exclusive one. Comments never count."""
_DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_SIGNATURES: dict[str, type[HashAlgorithm]] = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": SHA1,  # what publishers still use: SMP 1.4.0 asks for it
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": SHA384,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": SHA512,
}


def signer(root: etree._Element) -> x509.Certificate:
    """The certificate whose key signed the document. Raises `Forged` where the signature doesn't hold.

    Whether that certificate may speak for a publisher is another question: `peppol.lookup.trust`.
    """
    signatures = list(root.iter(f"{_DS}Signature"))
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise Forged("The publisher's answer doesn't carry exactly one signature of its own")
    signature = signatures[0]
    info = _one(signature, "SignedInfo")
    reference = _one(info, "Reference")
    if reference.get("URI") != "":
        raise Forged("The publisher's signature covers something else than its answer")
    expected = _bytes(_one(reference, "DigestValue"))
    if not hmac.compare_digest(_digest(root, reference), expected):
        raise Forged("The publisher's answer was altered after it was signed")
    certificate = _certificate(signature)
    key = certificate.public_key()
    algorithm = _SIGNATURES.get(_algorithm(_one(info, "SignatureMethod")))
    if algorithm is None or not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise Forged("The publisher signs in a way that isn't taken: RSA of 2,048 bits or more, SHA-1 or SHA-2")
    method = _algorithm(_one(info, "CanonicalizationMethod"))
    try:
        key.verify(_bytes(_one(signature, "SignatureValue")), _canonical(info, method), padding.PKCS1v15(), algorithm())
    except InvalidSignature:
        raise Forged("The publisher's signature isn't by the certificate that it names") from None
    return certificate


def _digest(root: etree._Element, reference: etree._Element) -> bytes:
    """The digest of the document without its signature, as the reference's transforms say."""
    transforms = [_algorithm(one) for one in _one(reference, "Transforms")]
    if not transforms or transforms[0] != _ENVELOPED or len(transforms) > 2:
        raise Forged("The publisher's signature uses transforms that aren't taken")
    method = transforms[1] if len(transforms) == 2 else "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    name = _DIGESTS.get(_algorithm(_one(reference, "DigestMethod")))
    if name is None:
        raise Forged("The publisher's signature uses a digest that isn't taken")
    bare = deepcopy(root)
    copy = next(bare.iter(f"{_DS}Signature"))
    before, tail = copy.getprevious(), copy.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        bare.text = (bare.text or "") + tail
    bare.remove(copy)
    return hashlib.new(name, _canonical(bare, method)).digest()


def _canonical(element: etree._Element, method: str) -> bytes:
    if method not in _EXCLUSIVE:
        raise Forged("The publisher's signature uses a canonical form that isn't taken")
    # The inclusive form shows every namespace in scope, those of ancestors too: so they are all declared at the apex.
    apex = etree.Element(element.tag, nsmap=cast("dict[str, str]", element.nsmap))
    apex.attrib.update(element.attrib)
    apex.text = element.text
    apex.extend(deepcopy(child) for child in element)
    return etree.tostring(apex, method="c14n", exclusive=_EXCLUSIVE[method], with_comments=False)


def _certificate(signature: etree._Element) -> x509.Certificate:
    found = list(signature.iter(f"{_DS}X509Certificate"))
    if not found:
        raise Forged("The publisher's signature names no certificate")
    try:
        return x509.load_der_x509_certificate(_bytes(found[0]))
    except ValueError:
        raise Forged("The publisher's certificate can't be read") from None


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(f"{_DS}{name}")
    if len(found) != 1:
        raise Forged(f"The publisher's signature has {len(found)} elements {name} where one belongs")
    return found[0]


def _algorithm(element: etree._Element) -> str:
    return element.get("Algorithm", "")


def _bytes(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except binascii.Error:
        raise Forged("The publisher's signature holds something that isn't base64") from None
