"""Keys and signatures, checked with the public key and a message built by hand."""

import base64
import pickle
from collections.abc import Callable

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.auth import (
    KEY_HEADER,
    SIGNATURE_HEADER,
    STAMP_HEADER,
    KeyRefusedError,
    PassphraseMismatchError,
    PassphraseMissingError,
    RequestAuth,
    Signer,
    is_same_key,
    kind_of,
    load_private_key,
    sealed,
    unsealed,
    wire_path,
)

STAMP_MS = 1_703_123_456_789
Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


@pytest.fixture(scope="module")
def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def _pem(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    form: PrivateFormat = PrivateFormat.PKCS8,
    passphrase: bytes = b"",
) -> bytes:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, how)


def _one_line(pem: bytes) -> bytes:
    return b" ".join(pem.split(b"\n"))


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem,
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: b"\xef\xbb\xbf" + pem,
        lambda pem: b'"' + pem.strip() + b'"',
        lambda pem: b"\n\n  " + pem + b"\n\n",
        _one_line,
        lambda pem: pem.replace(b"\n", b"\r"),
        lambda pem: pem.decode().encode("utf-16"),
        lambda pem: b'A="x\\ny"\nKEY="' + pem.strip() + b'"\nB=2\n',
    ],
    ids=["plain", "crlf", "bom", "quotes", "spaces", "one-line", "cr", "utf-16", "env-file"],
)
def test_FB12_rsa_keys_are_read_in_every_usual_wrapping(
    rsa_key: rsa.RSAPrivateKey, form: PrivateFormat, change: Change
) -> None:
    loaded = load_private_key(change(_pem(rsa_key, form)))
    assert isinstance(loaded, rsa.RSAPrivateKey)
    assert loaded.private_numbers() == rsa_key.private_numbers()


def test_FB12_ed25519_keys_are_read(ed_key: ed25519.Ed25519PrivateKey) -> None:
    loaded = load_private_key(_pem(ed_key).replace(b"\n", b"\r\n"))
    assert isinstance(loaded, ed25519.Ed25519PrivateKey)
    assert loaded.private_bytes_raw() == ed_key.private_bytes_raw()


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_FB12_encrypted_keys_are_read_with_their_passphrase(
    rsa_key: rsa.RSAPrivateKey, form: PrivateFormat
) -> None:
    assert load_private_key(_pem(rsa_key, form, b"open sesame"), b"open sesame")


def test_FB12_an_encrypted_key_on_one_line_is_read(rsa_key: rsa.RSAPrivateKey) -> None:
    pasted = _one_line(_pem(rsa_key, passphrase=b"open sesame"))
    assert load_private_key(pasted, b"open sesame")


def test_a_key_is_sealed_so_that_only_its_passphrase_opens_it(
    rsa_key: rsa.RSAPrivateKey, ed_key: ed25519.Ed25519PrivateKey
) -> None:
    for key, kind in ((rsa_key, "RSA 2048 bits"), (ed_key, "Ed25519")):
        locked = sealed(key, b"k" * 44)
        assert locked.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert is_same_key(load_private_key(locked, b"k" * 44), key)
        with pytest.raises(PassphraseMismatchError):
            load_private_key(locked, b"j" * 44)
        with pytest.raises(PassphraseMissingError):
            load_private_key(locked)
        assert is_same_key(load_private_key(unsealed(key)), key)
        assert kind_of(key) == kind
    assert not is_same_key(rsa_key, ed_key)


def _public(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda pem: pem.replace(b"\n", b"\\n"), "line breaks"),
        (lambda pem: pem[: len(pem) // 2], "cut off"),
        (lambda pem: pem[:200] + pem[400:], "damaged"),
        (lambda pem: pem.replace(b"PRIVATE", b"OPENSSH PRIVATE"), "OpenSSH"),
        (lambda pem: pem + pem, "more than one"),
        (lambda _: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate"),
        (lambda _: b"hello", "no private key"),
        (lambda _: b"", "no private key"),
        (lambda pem: b"".join(pem.splitlines()[1:-1]), "no private key"),
        (lambda _: b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "no private key"),
        (lambda _: b'{"kty": "RSA", "n": "AQAB"}', "no private key"),
        (lambda _: b"0\x82\x04\xbd\x02\x01\x00", "no private key"),
        (lambda _: b"\xff\xfe\x00", "no private key"),
        (lambda pem: pem * 100, "too large"),
    ],
)
def test_FB13_what_is_no_key_is_refused_in_one_line_without_its_text(
    rsa_key: rsa.RSAPrivateKey, change: Change, word: str
) -> None:
    pem = _pem(rsa_key)
    with pytest.raises(KeyRefusedError) as caught:
        load_private_key(change(pem))
    message = str(caught.value)
    assert word in message
    assert "\n" not in message
    body = pem.splitlines()[1:-1]
    assert not any(line[:12].decode() in message for line in body)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_FB13_other_kinds_of_key_are_refused(rsa_key: rsa.RSAPrivateKey) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(KeyRefusedError, match="not supported"):
        load_private_key(pem)
    with pytest.raises(KeyRefusedError, match="public key"):
        load_private_key(_public(rsa_key))
    with pytest.raises(KeyRefusedError, match="1024 bits"):
        load_private_key(_pem(rsa.generate_private_key(65_537, 1024)))


def test_FB13_passphrases_that_do_not_fit_are_refused(rsa_key: rsa.RSAPrivateKey) -> None:
    locked = _pem(rsa_key, passphrase=b"right")
    with pytest.raises(KeyRefusedError, match="is encrypted"):
        load_private_key(locked)
    with pytest.raises(KeyRefusedError, match="passphrase is wrong"):
        load_private_key(locked, b"wrong")
    with pytest.raises(KeyRefusedError, match="not encrypted"):
        load_private_key(_pem(rsa_key), b"unasked")


@given(st.binary(max_size=400), st.booleans())
def test_FB13_any_bytes_are_refused_in_words(noise: bytes, framed: bool) -> None:
    pem = noise
    if framed:
        pem = b"-----BEGIN PRIVATE KEY-----" + noise + b"-----END PRIVATE KEY-----"
    with pytest.raises(KeyRefusedError):
        load_private_key(pem)


def _verify_rsa(key: rsa.RSAPrivateKey, signature: bytes, message: bytes) -> None:
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    key.public_key().verify(signature, message, pss, hashes.SHA256())


def test_an_rsa_signature_is_over_stamp_method_and_path(rsa_key: rsa.RSAPrivateKey) -> None:
    headers = Signer("key-1", rsa_key).headers("get", "/trade-api/v2/portfolio/balance", STAMP_MS)
    assert headers[KEY_HEADER] == "key-1"
    assert headers[STAMP_HEADER] == "1703123456789"
    signature = base64.b64decode(headers[SIGNATURE_HEADER], validate=True)
    _verify_rsa(rsa_key, signature, b"1703123456789GET/trade-api/v2/portfolio/balance")
    with pytest.raises(InvalidSignature):
        _verify_rsa(rsa_key, signature, b"1703123456789GET/portfolio/balance")


def test_an_ed25519_signature_is_over_the_same_message(ed_key: ed25519.Ed25519PrivateKey) -> None:
    headers = Signer("key-1", ed_key).headers("GET", "/trade-api/ws/v2", STAMP_MS)
    signature = base64.b64decode(headers[SIGNATURE_HEADER], validate=True)
    ed_key.public_key().verify(signature, b"1703123456789GET/trade-api/ws/v2")


def test_the_query_is_never_signed(ed_key: ed25519.Ed25519PrivateKey) -> None:
    signer = Signer("key-1", ed_key)
    plain = signer.headers("GET", "/trade-api/v2/markets", STAMP_MS)
    assert signer.headers("GET", "/trade-api/v2/markets?limit=5", STAMP_MS) == plain


def test_FB15_two_signatures_in_one_millisecond_are_both_valid(rsa_key: rsa.RSAPrivateKey) -> None:
    signer = Signer("key-1", rsa_key)
    first = signer.headers("GET", "/a", STAMP_MS)[SIGNATURE_HEADER]
    second = signer.headers("GET", "/a", STAMP_MS)[SIGNATURE_HEADER]
    assert first != second
    for signature in (first, second):
        _verify_rsa(rsa_key, base64.b64decode(signature), b"1703123456789GET/a")


def test_a_signer_shows_nothing_and_is_not_copied(ed_key: ed25519.Ed25519PrivateKey) -> None:
    signer = Signer("key-1", ed_key)
    assert repr(signer) == "Signer(...)"
    with pytest.raises(TypeError, match="not copied"):
        pickle.dumps(signer)


@pytest.mark.parametrize("key_id", ["", "  ", "id\nX-Evil: 1", "schlüssel"])
def test_a_key_id_that_no_header_can_carry_is_refused(
    ed_key: ed25519.Ed25519PrivateKey, key_id: str
) -> None:
    with pytest.raises(KeyRefusedError):
        Signer(key_id, ed_key)


PATH_PART = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/?#"),
    min_size=1,
    max_size=12,
)


@given(
    part=PATH_PART, query=st.dictionaries(st.sampled_from("abc"), st.text("x&=?/#é", max_size=5))
)
def test_FB11_the_signed_path_is_the_one_on_the_wire(part: str, query: dict[str, str]) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    request = httpx.Request(
        "GET", f"https://exchange.test/trade-api/v2/markets/{part}", params=query
    )
    flow = RequestAuth(Signer("key-1", key), lambda: STAMP_MS).auth_flow(request)
    signed = next(flow)
    on_the_wire = signed.url.raw_path.split(b"?")[0]
    assert wire_path(signed).encode() == on_the_wire
    signature = base64.b64decode(signed.headers[SIGNATURE_HEADER])
    key.public_key().verify(signature, b"1703123456789GET" + on_the_wire)


def test_FB14_each_attempt_is_signed_anew() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    stamps = iter([STAMP_MS, STAMP_MS + 1_000])
    auth = RequestAuth(Signer("key-1", key), lambda: next(stamps))
    request = httpx.Request("GET", "https://exchange.test/trade-api/v2/portfolio/balance")
    first = next(auth.auth_flow(request)).headers[STAMP_HEADER]
    again = next(auth.auth_flow(request))
    assert again.headers[STAMP_HEADER] != first
    assert again.headers.get_list(SIGNATURE_HEADER) == [again.headers[SIGNATURE_HEADER]]
