"""What lists export: the columns of the record types, in the files people ask for, so that the hub reads them back."""

from arhub.exports.formats import FORMATS
from arhub.exports.resources import resource_of

__all__ = ["FORMATS", "resource_of"]
