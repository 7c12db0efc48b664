"""AS2 (RFC 4130): files over HTTP, signed and encrypted, with a receipt that names the bytes it is for."""
