"""Credentials: encrypted where they are stored, masked where they are shown. A model writes `key = SecretField()`."""

from arhub.secrets.cipher import Unreadable
from arhub.secrets.fields import SecretField
from arhub.secrets.masking import MASK, mask
from arhub.secrets.secret import Secret

__all__ = ["MASK", "Secret", "SecretField", "Unreadable", "mask"]
