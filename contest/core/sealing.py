"""Personal data at rest: sealed (can be opened by us) or blind (can only be compared).

Keys are derived from the secret key by HKDF (RFC 5869), one per purpose.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealer:
    """Seals and compares short personal texts such as a telephone number."""

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(secret_key, b"seal")))
        self._blind_key = _derive(secret_key, b"blind")

    def seal(self, text: str) -> str:
        """Return `text` encrypted and authenticated (Fernet: AES-128-CBC, HMAC-SHA256)."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the sealed text; ValueError when it was not sealed with our key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("not sealed with this installation's key") from error

    def blind(self, text: str) -> str:
        """Return 64 hexadecimal digits equal for equal texts and telling nothing else."""
        return hmac.new(self._blind_key, text.encode(), hashlib.sha256).hexdigest()


def _derive(secret_key: str, purpose: bytes) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hoi-thi-so/" + purpose)
    return kdf.derive(secret_key.encode())
